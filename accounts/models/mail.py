"""A mail to be sent, as a row in the transaction of its change. The sender sends it from there."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.origin import AGENT_MAX_LENGTH


class MailKind(models.TextChoices):
    FORGOT = "forgot"
    """Not a mail yet: somebody requested a link at `/password/forgot/`, and the account has yet to be looked up."""
    RESET = "reset"
    HELP = "help"
    """To an account owner: somebody asks for help with 2FA and waits by the phone."""
    NEW_EMAIL = "new_email"
    NOTICE = "notice"
    INVITATION = "invitation"
    FAULT = "fault"
    """A report to the operator, about nobody's account and read by nobody's."""


class MailFailure(models.TextChoices):
    """Why a mail was not sent. Never the server's own message, which may name the recipient."""

    NAME = "name", _("the mail server's name was not found")
    CONNECTION = "connection", _("no connection to the mail server")
    SILENT = "silent", _("the mail server did not answer in time")
    CERTIFICATE = "certificate", _("the mail server's certificate is not trusted")
    ENCRYPTION = "encryption", _("the mail server offers no usable encryption or login")
    LOGIN = "login", _("the mail server refused the login")
    SENDER = "sender", _("the mail server refused the sender")
    RECIPIENT = "recipient", _("the mail server refused the recipient")
    REFUSED = "refused", _("the mail server refused the mail")
    LIMIT = "limit", _("too many emails within an hour")
    OFF = "off", _("the panel has no mail server")
    STALE = "stale", _("no longer relevant when it was due")


class OutgoingMail(models.Model):
    """References and facts only. Links are created when the mail is sent, and only while `binding` still matches.

    No constraints: a mail written while its account is deleted is sent to nobody.
    """

    kind = models.CharField(max_length=20)
    """A `MailKind`."""
    about = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    """The account that it is about."""
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    """The account that reads it: the same one, or its owner."""
    actor_id = models.BigIntegerField(null=True)
    address = models.EmailField(blank=True)
    binding = models.CharField(max_length=64, blank=True)
    """The state of the account when the link was requested (`links.binding`)."""
    facts = models.JSONField(default=dict)
    ip = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=AGENT_MAX_LENGTH, blank=True)

    rank = models.PositiveSmallIntegerField(default=0)
    """Lower numbers are sent first."""
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    """Not before this time. The sender that takes a mail postpones it by a lease, which expires after a crash."""
    attempts = models.PositiveSmallIntegerField(default=0, db_column="tries")
    """Failed attempts."""
    failure = models.CharField(max_length=20, blank=True)
    """A `MailFailure` of the last attempt; empty if none failed."""
    finished_at = models.DateTimeField(null=True)
    """Sent, or given up (with a `failure`)."""

    class Meta:
        indexes = [
            models.Index(fields=["rank", "due_at", "id"], name="mail_waiting", condition=Q(finished_at__isnull=True)),
            models.Index(fields=["finished_at"], name="mail_by_end"),
            models.Index(fields=["about"], name="mail_about"),
            models.Index(fields=["reader"], name="mail_reader"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.created_at:%Y-%m-%d %H:%M:%S}"
