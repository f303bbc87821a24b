"""The authenticator app and the recovery codes of a user. Only verified keys are stored as rows; a key being set up is
kept in its browser's session."""

import time

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device

from accounts import clock
from accounts.models import User
from accounts.models.prepared import first
from twofactor import crypto, totp
from twofactor.help.models import HelpRequest
from twofactor.keys.models import Challenge, SecurityKey

__all__ = ["Authenticator", "Challenge", "HelpRequest", "RecoveryCode", "SecurityKey"]

BURNT_STEPS = 20
NO_STEP = -1

_CLAIM = """
    UPDATE twofactor_authenticator SET last_step = %(step)s, burnt_steps = %(burnt)s
    WHERE id = %(id)s AND created_at = %(created_at)s AND (last_step < %(step)s OR last_step = %(ahead)s)
    RETURNING id
"""


def latest_possible_step() -> int:
    """The latest time step whose code may have been accepted by now."""
    return totp.step_at(time.time() + clock.SLACK.total_seconds()) + totp.TOLERANCE


class Authenticator(Device):
    """The key of an authenticator app, one per user. As a django-otp `Device` it verifies no token: `factors.app` does,
    within a count of attempts."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="authenticator")
    secret = models.TextField(editable=False)
    last_step = models.BigIntegerField(default=0, editable=False)
    burnt_steps = models.CharField(max_length=250, blank=True, default="", db_default="", editable=False)
    """Later steps than `last_step` whose codes are not accepted either, newest first."""
    created_at = models.DateTimeField(_("activated"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("authenticator")
        verbose_name_plural = _("authenticators")

    def key(self) -> bytes:
        """Raises `crypto.DecryptionError`."""
        return crypto.unseal(self.secret, user_id=self.user_id, purpose=crypto.AUTHENTICATOR)

    @property
    def is_readable(self) -> bool:
        """Whether the current `TWOFACTOR_KEYS` can decrypt it."""
        try:
            self.key()
        except crypto.DecryptionError:
            return False
        return True

    @property
    def burnt(self) -> list[int]:
        return [int(step) for step in self.burnt_steps.split()]

    def burn(self, *steps: int) -> None:
        """Adds these steps to `burnt_steps`. The caller saves the object."""
        self.burnt_steps = " ".join(map(str, [*steps, *self.burnt][:BURNT_STEPS]))

    @property
    def is_ahead(self) -> bool:
        """Whether the last code was accepted under a clock that was ahead, so that no current code would be later."""
        return self.last_step > latest_possible_step()

    def claim(self, step: int) -> bool:
        """Uses up this time step and all earlier ones; True for exactly one caller (RFC 6238 section 5.2).

        A `last_step` that was written under a wrong clock blocks nothing, and its own step is burnt. `created_at` makes
        sure that the row still holds the key that was read, as a new phone replaces it.
        """
        if step in self.burnt:
            return False
        ahead = self.last_step if self.is_ahead else None
        if ahead:
            self.burn(ahead)
        values = {"step": step, "burnt": self.burnt_steps, "ahead": ahead or NO_STEP}
        won = first(_CLAIM, **values, id=self.pk, created_at=self.created_at) is not None
        if won and ahead:
            clock.warn(f"The last code of account {self.user_id}")
        if won:
            self.last_step = step
        return won


class RecoveryCode(models.Model):
    """A code that replaces the authenticator once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes", db_index=False)
    digest = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    used_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("recovery code")
        verbose_name_plural = _("recovery codes")
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once")]
        indexes = [
            models.Index(fields=["user"], name="recovery_code_used", condition=models.Q(used_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.created_at:%Y-%m-%d}"
