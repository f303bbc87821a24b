"""A named set of permissions within one contract. A disabled role grants nothing."""

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.contract import Contract
from accounts.permissions import ALL_PERMISSIONS

ROLE_NAME_MAX_LENGTH = 100
ROLE_DESCRIPTION_MAX_LENGTH = 500


class Role(models.Model):
    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="roles", db_index=False)
    name = models.CharField(_("name"), max_length=ROLE_NAME_MAX_LENGTH)
    description = models.CharField(_("description"), max_length=ROLE_DESCRIPTION_MAX_LENGTH, blank=True)
    enabled = models.BooleanField(_("active"), default=True)
    built_in = models.BooleanField(_("built in"), default=False, editable=False)
    permissions = models.JSONField(_("permissions"), default=list, blank=True)
    version = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    """Goes up with each change of what the role grants. Links mailed by or to its users carry it."""
    created_at = models.DateTimeField(_("created on"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [
            models.UniqueConstraint(
                "contract",
                Lower("name"),
                name="role_name_in_contract",
                violation_error_message=_("There is already a role of this name."),
            ),
            models.UniqueConstraint(
                fields=["contract"], condition=models.Q(built_in=True), name="role_one_built_in_a_contract"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def granted(self) -> frozenset[str]:
        """What the role gives now: nothing while disabled, everything if built in, never an unknown permission."""
        if not self.enabled:
            return frozenset()
        return ALL_PERMISSIONS if self.built_in else ALL_PERMISSIONS & set(self.permissions)
