"""Applications of a contract, and the visits of browsers.

Visits and tickets refer to a session without a constraint, because sessions are deleted at logout. The check joins the
session, so a visit without one is dead. Housekeeping deletes those that are left.
"""

from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import folding
from accounts.models import Contract, Role, Session
from accounts.models.texts import Keyed, KeyedQuerySet, KeyField, NameField, NfcCharField, SortKeyField
from cloudpanel.applications.access import Rules

NAME_MAX_LENGTH = 150
DESCRIPTION_MAX_LENGTH = 500
ORIGIN_MAX_LENGTH = 300
UPSTREAM_MAX_LENGTH = 260
DIGEST_LENGTH = 64  # hexadecimal digits of a SHA-256


class Preset(models.TextChoices):
    OTHER = "other", _("Other")
    GRAFANA = "grafana", "Grafana"
    PROXMOX = "proxmox", "Proxmox VE"
    GITLAB = "gitlab", "GitLab"
    NEXTCLOUD = "nextcloud", "Nextcloud"
    PORTAINER = "portainer", "Portainer"
    GITEA = "gitea", "Gitea"
    HARBOR = "harbor", "Harbor"
    PHPMYADMIN = "phpmyadmin", "phpMyAdmin"


ICONS = {
    Preset.GRAFANA: "chart-line",
    Preset.PROXMOX: "server",
    Preset.GITLAB: "git-fork",
    Preset.NEXTCLOUD: "cloud",
    Preset.PORTAINER: "container",
    Preset.GITEA: "git-branch",
    Preset.HARBOR: "package",
    Preset.PHPMYADMIN: "database",
}
"""Icons of lucide that suggest the kind of console, without trademarks."""


class Who(models.TextChoices):
    EVERYBODY = "everybody", _("Everybody in this contract")
    ROLES = "roles", _("Users with one of these roles")


class Needs(models.TextChoices):
    LOGIN = "login", _("Login")
    TWO_FACTOR = "two_factor", _("Two-factor authentication")
    PASSKEY = "passkey", _("Security key or passkey")


class Application(Keyed):
    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="applications", db_index=False)
    name = NameField(_("name"), max_length=NAME_MAX_LENGTH)
    name_key = SortKeyField(source="name", max_length=folding.SORT_KEY_MAX_LENGTH)
    origin = KeyField(
        _("origin"),
        max_length=ORIGIN_MAX_LENGTH,
        unique=True,
        error_messages={"unique": _("Another application has this origin.")},
    )
    """Scheme, host and port as browsers write them: https://grafana.example.com, without a default port."""
    preset = models.CharField(max_length=20, choices=Preset.choices, default=Preset.OTHER)
    description = NfcCharField(_("description"), max_length=DESCRIPTION_MAX_LENGTH, blank=True)

    who = models.CharField(max_length=10, choices=Who.choices, default=Who.EVERYBODY)
    roles = models.ManyToManyField(Role, related_name="applications", blank=True)
    """Only used while `who` is `roles`."""
    needs = models.CharField(max_length=10, choices=Needs.choices, default=Needs.LOGIN)
    reauthenticate_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    """How many minutes ago the last login or confirmation may be when the application is opened; None for any time in
    the session."""
    is_active = models.BooleanField(default=True)

    guard = models.BooleanField(default=False)
    assertion = models.BooleanField(default=False)
    """Whether the check's answer carries a signed `Cloudpanel-Assertion`."""
    upstream = models.CharField(max_length=UPSTREAM_MAX_LENGTH, blank=True)
    """Host and port on which the application listens, for the configurations."""

    openid = models.BooleanField(default=False)
    client_id = models.CharField(max_length=40, unique=True, null=True, blank=True, editable=False)

    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    """The guard last let somebody in. Stored at most once a minute."""
    openid_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    """The last login or refresh by OpenID Connect. Stored at most once a minute."""
    last_check = models.JSONField(default=dict, blank=True, editable=False)
    """What the proxy sent at `last_used_at`: its kind and the client's address."""

    objects = KeyedQuerySet["Application"].as_manager()

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        indexes = [models.Index(fields=["contract", "name_key", "id"], name="application_by_name")]

    def __str__(self) -> str:
        return self.name

    def rules(self) -> Rules:
        """What the decision needs to know. Queries the contract unless it was fetched with the application."""
        return Rules(
            contract_id=self.contract_id,
            owner_id=self.contract.owner_id,
            is_active=self.is_active,
            who=self.who,
            needs=self.needs,
            reauthenticate_minutes=self.reauthenticate_minutes,
        )

    @property
    def latest_use(self) -> datetime | None:
        """Through the guard or by OpenID Connect."""
        return max(filter(None, (self.last_used_at, self.openid_used_at)), default=None)

    @property
    def icon(self) -> str:
        """The icon of its tile; empty if the preset has none."""
        return ICONS.get(Preset(self.preset), "")

    @property
    def initials(self) -> str:
        """The initials of the first two words of the name, for a tile without an icon."""
        return "".join(word[0] for word in self.name.split()[:2]).upper()

    @property
    def host(self) -> str:
        """Host and port, if the origin has one."""
        return self.origin.partition("://")[2]


class Visit(models.Model):
    """Lets one browser use one application. The browser has the secret, the database its digest."""

    digest = models.CharField(max_length=DIGEST_LENGTH, unique=True)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="visits")
    session = models.ForeignKey(Session, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    auth_hash = models.CharField(max_length=DIGEST_LENGTH)
    """The account's auth hash when the visit was opened. A new password, factor or state changes it, which ends the
    visit."""
    verified = models.BooleanField()
    """Whether the session had verified the second factor. A change of the factor changes the hash."""
    created_at = models.DateTimeField(default=timezone.now)
    refused_at = models.DateTimeField(null=True)
    """When a check first refused this visit, which is logged once."""

    def __str__(self) -> str:
        return f"visit {self.pk}"


class Ticket(models.Model):
    """Passed from `/guard/open/` to the application's host in exchange for a visit. Works once, within seconds."""

    digest = models.CharField(max_length=DIGEST_LENGTH, unique=True)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="+")
    session = models.ForeignKey(
        Session, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    nonce_digest = models.CharField(max_length=DIGEST_LENGTH)
    """Digest of the nonce in the browser that was sent to the panel."""
    auth_hash = models.CharField(max_length=DIGEST_LENGTH)
    verified = models.BooleanField()
    path = models.TextField()
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"ticket {self.pk}"
