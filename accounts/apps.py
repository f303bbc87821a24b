from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.urls import register_converter
from django.utils.translation import gettext_lazy as _

from accounts.audit import triggers
from accounts.passwords import allocator
from accounts.validators import IdConverter


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        allocator.return_large_blocks()
        register_converter(IdConverter, "id")
        post_migrate.connect(triggers.put_back, sender=self, dispatch_uid="accounts.audit.triggers")
