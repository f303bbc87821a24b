"""A contract is a panel of its own; its owner has all permissions in it."""

import secrets

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.texts import NameField

CONTRACT_NAME_MAX_LENGTH = 100


def new_number() -> str:
    """Eight random digits, so that a number doesn't reveal how many contracts there are."""
    return str(10_000_000 + secrets.randbelow(90_000_000))


class Contract(models.Model):
    number = models.CharField(_("number"), max_length=8, unique=True, default=new_number, editable=False)
    name = NameField(_("name"), max_length=CONTRACT_NAME_MAX_LENGTH)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="contracts", verbose_name=_("owner")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    one_of_several = models.BooleanField(default=False, db_default=False, editable=False)
    """Whether the owner has other contracts too, so that pages know without a query whether to show the switch.

    Contracts keep their owner and are never deleted, so it can only become true (`contracts.services`).
    """

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")

    def __str__(self) -> str:
        return self.name
