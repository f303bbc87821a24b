from django.urls import path, register_converter

from accounts.validators import IdConverter
from twofactor.requirement import views

register_converter(IdConverter, "id")

urlpatterns = [
    path("<id:user_id>/two-factor-required/", views.RequiredPage.as_view(), name="two_factor_required"),
    path("<id:user_id>/two-factor-reset/", views.ResetPage.as_view(), name="two_factor_reset"),
]
