"""The guard's URLs on the panel's own host. Checks and applications' hosts: see `hosts`."""

from django.urls import path

from cloudpanel.applications.guard import views

urlpatterns = [
    path("guard/open/", views.open_application, name="guard_open"),
    path(
        "management/applications/<id:application_id>/guard/", views.ApplicationGuard.as_view(), name="application_guard"
    ),
    path(
        "management/applications/<id:application_id>/guard/<slug:kind>/",
        views.download,
        name="application_guard_download",
    ),
]
