"""The panel's data as an OpenID provider: keys, clients, logins, codes and tokens.

Codes, tokens and client secrets are stored as digests; private keys are encrypted with `TWOFACTOR_KEYS`.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.session import SID_LENGTH
from accounts.origin import AGENT_MAX_LENGTH
from cloudpanel.applications.models import Application

DIGEST_LENGTH = 43  # of SHA-256 in base64
ADDRESS_MAX_LENGTH = 1000
ADDRESSES_MAX_LENGTH = 10_000


class SigningKey(models.Model):
    """An RSA key for ID tokens and logout tokens, or the key for the guard's assertions."""

    CURRENT, NEXT, GUARD = "current", "next", "guard"

    kid = models.CharField(primary_key=True, max_length=DIGEST_LENGTH)
    """Its thumbprint (RFC 7638)."""
    public = models.JSONField()
    sealed = models.TextField()
    place = models.CharField(max_length=7, null=True, unique=True)  # noqa: DJ001 - many have none
    """`CURRENT` signs, `NEXT` is published for later, `GUARD` signs assertions; None for a replaced key."""
    made_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.kid


class Authentication(models.TextChoices):
    BASIC = "basic", _("In the header (client_secret_basic)")
    POST = "post", _("In the form (client_secret_post)")
    NONE = "none", _("None: the application can't keep a secret")


class Client(models.Model):
    """An application as an OpenID Connect client. Only used while `Application.openid` is on."""

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="client")
    redirect_uris = models.TextField(blank=True, max_length=ADDRESSES_MAX_LENGTH)
    """One per line; so are the following."""
    post_logout_redirect_uris = models.TextField(blank=True, max_length=ADDRESSES_MAX_LENGTH)
    backchannel_logout_uri = models.CharField(blank=True, max_length=ADDRESS_MAX_LENGTH)
    client_authentication = models.CharField(max_length=5, choices=Authentication.choices, default=Authentication.BASIC)
    pkce_required = models.BooleanField(default=True)
    secret = models.CharField(max_length=DIGEST_LENGTH, blank=True)
    secret_made_at = models.DateTimeField(null=True)
    old_secret = models.CharField(max_length=DIGEST_LENGTH, blank=True)
    """Works as well as the new one until it is removed."""

    def __str__(self) -> str:
        return str(self.application)

    @property
    def needs_pkce(self) -> bool:
        return self.pkce_required or self.client_authentication == Authentication.NONE


class Grant(models.Model):
    """One authorization: a code and its tokens.

    It names a session by `Session.sid`. Access tokens end with the session, refresh tokens don't.
    """

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="grants")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    sid = models.CharField(max_length=SID_LENGTH, db_index=True)
    code = models.CharField(max_length=DIGEST_LENGTH, unique=True)
    expires_at = models.DateTimeField()
    """When the code expires."""
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    redirect_uri = models.CharField(max_length=ADDRESS_MAX_LENGTH)
    challenge = models.CharField(max_length=DIGEST_LENGTH, blank=True)
    nonce = models.TextField(blank=True)
    scope = models.CharField(max_length=100)
    """The requested scopes, separated by spaces."""
    auth_time = models.DateTimeField()
    methods = models.CharField(max_length=60)
    """`Session.methods` at this login."""
    verified = models.BooleanField()
    """Whether a second factor was verified."""
    stamp = models.PositiveIntegerField()
    """`User.stamp` at this login; under another one refresh tokens are invalid."""
    ip = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=AGENT_MAX_LENGTH, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="grant_by_age")]

    def __str__(self) -> str:
        return f"{self.pk}"


class Token(models.Model):
    """An access token, or a refresh token of a grant."""

    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=DIGEST_LENGTH, unique=True)
    refresh = models.BooleanField(default=False)
    offline = models.BooleanField(default=False)
    """An access token that was issued after its session had ended; it is valid like a refresh token."""
    scope = models.CharField(max_length=100)
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)
    replaced_at = models.DateTimeField(null=True)
    """When a refresh token was used."""
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.pk}"


class Login(models.Model):
    """A login of a session at an application, which is told when the session ends."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="logins")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    """None once the account is deleted, which the application is still told."""
    sid = models.CharField(max_length=SID_LENGTH)
    stamp = models.PositiveIntegerField()
    """`User.stamp` when the session was last found valid."""
    detached = models.BooleanField(default=False)
    """The session has expired by idleness while the application has refresh tokens. The login lasts until these end."""
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    subject = models.CharField(max_length=64)
    """The person's `sub`."""

    due_at = models.DateTimeField(null=True)
    """When the application is told next; None while the login lasts, and after it was told or given up."""
    attempts = models.PositiveSmallIntegerField(default=0, db_column="tries")
    outcome = models.CharField(max_length=20, blank=True)
    """The result of the last attempt, a `delivery.DeliveryOutcome`; empty before."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "sid"], name="login_once")]
        indexes = [
            models.Index(fields=["id"], name="login_alive", condition=Q(ended_at__isnull=True)),
            models.Index(fields=["due_at", "id"], name="logout_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["client", "-ended_at"], name="logout_of_client"),
            models.Index(fields=["ended_at", "outcome"], name="login_ended", condition=Q(ended_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"
