"""Management > Applications."""

from django.urls import path

from cloudpanel.applications import changes, views
from cloudpanel.applications.openid import settings_views

urlpatterns = [
    path("", views.applications, name="applications"),
    path("create/", views.CreateApplication.as_view(), name="application_create"),
    path("<id:application_id>/", views.application, name="application"),
    path("<id:application_id>/name/", changes.ApplicationName.as_view(), name="application_name"),
    path("<id:application_id>/origin/", changes.ApplicationOrigin.as_view(), name="application_origin"),
    path("<id:application_id>/description/", changes.ApplicationDescription.as_view(), name="application_description"),
    path("<id:application_id>/access/", changes.ApplicationAccess.as_view(), name="application_access"),
    path("<id:application_id>/needs/", changes.ApplicationNeeds.as_view(), name="application_needs"),
    path("<id:application_id>/state/", changes.ApplicationState.as_view(), name="application_state"),
    path("<id:application_id>/openid/", settings_views.ApplicationOpenID.as_view(), name="application_openid"),
    path("<id:application_id>/openid/secret/", settings_views.ApplicationSecret.as_view(), name="application_secret"),
    path("<id:application_id>/delete/", changes.ApplicationDelete.as_view(), name="application_delete"),
]
