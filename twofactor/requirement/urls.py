from django.urls import path

from twofactor.requirement import views
from twofactor.requirement.bulk_page import SeveralUsers
from twofactor.requirement.import_page import ImportUsers

urlpatterns = [
    path("bulk/", SeveralUsers.as_view(), name="users_bulk"),
    path("import/", ImportUsers.as_view(), name="users_import"),
    path("<id:user_id>/two-factor-required/", views.RequiredPage.as_view(), name="two_factor_required"),
    path("<id:user_id>/two-factor-reset/", views.ResetPage.as_view(), name="two_factor_reset"),
]
