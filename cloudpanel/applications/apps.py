from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "cloudpanel.applications"
    label = "applications"
