"""Management > Logs."""

from django.urls import path

from accounts.logs import views

urlpatterns = [
    path("", views.logs, name="logs"),
    path("export.csv", views.export, name="logs_export"),
]
