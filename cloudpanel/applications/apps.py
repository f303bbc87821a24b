from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "cloudpanel.applications"
    label = "applications"

    def ready(self) -> None:
        from accounts.management.commands.housekeeping import upkeep
        from accounts.users.details import access_asked
        from cloudpanel.applications import of_user
        from cloudpanel.applications.upkeep import remove_what_ended

        access_asked.connect(of_user.row, dispatch_uid="cloudpanel.applications.of_user")
        upkeep.connect(remove_what_ended, dispatch_uid="cloudpanel.applications.upkeep")
