from django.apps import AppConfig
from django.db.models.signals import post_migrate


class OpenIDConfig(AppConfig):
    name = "cloudpanel.applications.openid"
    label = "openid"

    def ready(self) -> None:
        from accounts.management.commands.housekeeping import upkeep
        from accounts.sessions.services import all_ended
        from cloudpanel.applications.openid import keys, tokens
        from cloudpanel.applications.openid import upkeep as openid_upkeep
        from twofactor.rotation import rotated

        upkeep.connect(openid_upkeep.remove_old, dispatch_uid="openid.upkeep")
        post_migrate.connect(keys.make_first, sender=self, dispatch_uid="openid.keys")
        rotated.connect(keys.reseal, dispatch_uid="openid.keys")
        all_ended.connect(tokens.forget, dispatch_uid="openid.tokens")
