"""A request for help: somebody without app, keys and codes asks the account owner, from the browser in which they
entered the password."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.models.session_store import SESSION_ROW_KEY_LENGTH
from accounts.origin import AGENT_MAX_LENGTH
from accounts.sessions import browsers

DIGEST_LENGTH = 64
"""Hexadecimal digits of SHA-256."""


class HelpDecision(models.TextChoices):
    """How a request ended."""

    APPROVED = "approved", _("2FA was reset")
    REFUSED = "refused", _("refused")
    BLOCKED = "blocked", _("refused, password blocked")
    WRONG_WORDS = "wrong_words", _("wrong words three times")
    EXPIRED = "expired", _("nobody answered in time")
    LOGIN_ENDED = "login_ended", _("the login that asked has ended")
    ACCOUNT_CHANGED = "account_changed", _("the account changed meanwhile")
    ASKED_ANEW = "asked_anew", _("the same browser asked again")


class HelpRequestQuerySet(models.QuerySet["HelpRequest"]):
    def undecided(self) -> "HelpRequestQuerySet":
        return self.filter(decided_at__isnull=True)


class HelpRequest(models.Model):
    """A single request. It grants nothing by itself."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, verbose_name=_("user"), related_name="help_requests", db_index=False
    )
    stamp = models.PositiveIntegerField()
    """`User.stamp` at the time of the request; under another one the request has ended."""
    session_key = models.CharField(max_length=SESSION_ROW_KEY_LENGTH)
    """The row of the pending login of the request (`session_store.row_key`)."""
    browser = models.CharField(max_length=DIGEST_LENGTH)
    """Digest of the secret in the cookie of the browser that asked."""
    known_browser = models.CharField(max_length=DIGEST_LENGTH, blank=True)
    """The id under which the account knows the browser; empty for an unknown browser."""
    words = models.TextField()
    """Three words, encrypted by `twofactor.crypto`, shown only to the browser that asked."""
    ip = models.CharField(_("address"), max_length=45, blank=True)
    user_agent = models.CharField(max_length=AGENT_MAX_LENGTH, blank=True)
    last_login_here = models.DateTimeField(_("last login from this address"), null=True)
    """When the account was last logged in to from the same IP address; None for never."""
    mailed = models.BooleanField(default=False)
    """Whether owner and person were notified by mail, which is limited per day."""
    wrong_entries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(_("asked"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"))
    decided_at = models.DateTimeField(null=True)
    decision = models.CharField(_("answer"), max_length=20, blank=True, choices=HelpDecision.choices)
    """Empty while the request is open."""

    objects = HelpRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request for help")
        verbose_name_plural = _("requests for help")
        constraints = [
            models.UniqueConstraint(fields=["user"], name="help_one_open", condition=Q(decided_at__isnull=True)),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="help_by_user"),
            models.Index(fields=["expires_at"], name="help_undecided", condition=Q(decided_at__isnull=True)),
            models.Index(fields=["decided_at"], name="help_by_end", condition=Q(decided_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.user.username}: {self.created_at:%Y-%m-%d %H:%M} UTC"

    @property
    def browser_in_words(self) -> str:
        return browsers.in_words(self.user_agent)
