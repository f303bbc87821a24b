from django.urls import path

from twofactor.requirement import views

urlpatterns = [
    path("<id:user_id>/two-factor-required/", views.RequiredPage.as_view(), name="two_factor_required"),
    path("<id:user_id>/two-factor-reset/", views.TwoFactorResetPage.as_view(), name="two_factor_reset"),
]
