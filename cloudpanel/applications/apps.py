from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "cloudpanel.applications"
    label = "applications"

    def ready(self) -> None:
        from accounts.management.commands.housekeeping import upkeep
        from cloudpanel.applications.upkeep import remove_what_ended

        upkeep.connect(remove_what_ended, dispatch_uid="cloudpanel.applications.upkeep")
