"""Security keys and passkeys, and the challenges that their ceremonies answer."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.models.texts import NameField

KEY_NAME_MAX_LENGTH = 150
CREDENTIAL_ID_MAX_LENGTH = 1364
"""Characters of base64url: 1,023 bytes (WebAuthn level 3, section 4)."""


class SecurityKey(models.Model):
    """A WebAuthn credential. What it says about itself is not attested, so it is shown as a claim."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="security_keys")
    credential_id = models.CharField(max_length=CREDENTIAL_ID_MAX_LENGTH, unique=True, editable=False)
    """In base64url. Not secret."""
    cose_key = models.BinaryField()
    """The public key in COSE form (RFC 9052 section 7)."""
    rp_id = models.CharField(max_length=253, editable=False)
    """The host of `PUBLIC_URL` at registration. The key can't be used with another host."""
    sign_count = models.BigIntegerField(default=0, editable=False)
    name = NameField(_("name"), max_length=KEY_NAME_MAX_LENGTH)
    aaguid = models.CharField(max_length=36, editable=False)
    transports = models.JSONField(default=list, editable=False)
    discoverable = models.BooleanField(null=True, editable=False)
    """Whether it can be found without a username. None: the browser did not say."""
    verified = models.BooleanField(editable=False)
    """Whether it verified the person at registration."""
    backup_eligible = models.BooleanField(editable=False)
    """Synced between devices, or else bound to one."""
    backed_up = models.BooleanField(editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    copy_told_at = models.DateTimeField(null=True, editable=False)
    """When the person was last notified that it may have been copied."""

    class Meta:
        verbose_name = _("security key")
        verbose_name_plural = _("security keys")

    def __str__(self) -> str:
        return self.name

    @property
    def persistent_id(self) -> str:
        """As for a django-otp device: the id in a session that was verified by this key."""
        return f"twofactor.securitykey/{self.pk}"


class Challenge(models.Model):
    """32 random bytes that one ceremony answers; stored as SHA-256 and deleted when they are used."""

    digest = models.CharField(max_length=64, primary_key=True)
    purpose = models.CharField(max_length=10)
    browser = models.CharField(max_length=40)
    """Digest of the session, or of the CSRF cookie, that requested it."""
    user_id = models.BigIntegerField(null=True)
    asker = models.CharField(max_length=50, default="", db_default="")
    """Who has a limited number: the browser of an account, or where nobody is logged in the network."""
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["asker", "expires_at"], name="challenge_by_asker")]

    def __str__(self) -> str:
        return f"{self.purpose}: {self.expires_at:%H:%M:%S}"
