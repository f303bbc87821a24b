"""A named set of permissions within one contract. A disabled role grants nothing."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import folding
from accounts.models.contract import Contract
from accounts.models.texts import FoldedField, Keyed, KeyedQuerySet, NameField, NfcCharField
from accounts.permissions import ALL_PERMISSIONS, opening

ROLE_NAME_MAX_LENGTH = 100
ROLE_DESCRIPTION_MAX_LENGTH = 500


class Role(Keyed):
    contract = models.ForeignKey(
        Contract, on_delete=models.CASCADE, verbose_name=_("contract"), related_name="roles", db_index=False
    )
    name = NameField(_("name"), max_length=ROLE_NAME_MAX_LENGTH)
    description = NfcCharField(_("description"), max_length=ROLE_DESCRIPTION_MAX_LENGTH, blank=True)
    enabled = models.BooleanField(_("active"), default=True)
    built_in = models.BooleanField(_("built in"), default=False, editable=False)
    permissions = models.JSONField(_("permissions"), default=list, blank=True)
    opens = models.JSONField(default=list, db_default=[], blank=True, editable=False)
    """The ids of the applications that list the role, in ascending order; written by whoever keeps the applications."""
    version = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    """Incremented with each change of what the role grants. Links mailed by or to its users include it."""
    created_at = models.DateTimeField(_("created on"), default=timezone.now, editable=False)

    # Empty only in rows that a server of the version before has made; `housekeeping` fills it.
    name_key = FoldedField(source="name", max_length=folding.FOLDED_GROWTH * ROLE_NAME_MAX_LENGTH, null=True)  # type: ignore[misc]

    objects = KeyedQuerySet["Role"].as_manager()

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "name_key"],
                name="role_name_in_contract",
                violation_error_message=_("A role with this name already exists."),
            ),
            models.UniqueConstraint(
                fields=["contract"], condition=models.Q(built_in=True), name="role_one_built_in_a_contract"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def granted(self) -> frozenset[str]:
        """The rights that the role grants now: none while it is disabled."""
        return self.rights() if self.enabled else frozenset()

    def rights(self) -> frozenset[str]:
        """What the role can grant, whether or not it is enabled: permissions, and opening what lists the role."""
        return self.known_permissions() | {opening(number) for number in self.opens}

    def known_permissions(self) -> frozenset[str]:
        """All if built in, never an unknown one."""
        return ALL_PERMISSIONS if self.built_in else ALL_PERMISSIONS & set(self.permissions)
