"""A mail that is to be sent, as a row in the transaction of the change it tells of. The sender takes it from there."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class MailKind(models.TextChoices):
    FORGOT = "forgot"
    """No mail yet: somebody asked for a link at `/password/forgot/`, and nobody has looked for whom."""
    RESET = "reset"
    NEW_EMAIL = "new_email"
    NOTICE = "notice"
    INVITATION = "invitation"


class MailFailure(models.TextChoices):
    """Why a mail was not sent. Never what a server says: its words may name the recipient."""

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
    STALE = "stale", _("no longer true when it was due")


class OutgoingMail(models.Model):
    """References and facts only: links are made when the mail is sent, and only while `binding` still fits.

    Not constrained: a mail that is written while an account goes away is sent to nobody.
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
    """Whose account it concerns."""
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    """Who reads it: the same account, or its owner."""
    actor_id = models.BigIntegerField(null=True)
    address = models.EmailField(blank=True)
    binding = models.CharField(max_length=64, blank=True)
    """What the account was like when the link was asked for (`links.binding`)."""
    facts = models.JSONField(default=dict)
    ip = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)

    rank = models.PositiveSmallIntegerField(default=0)
    """Lower ones are sent first."""
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    """Not before this moment. The sender that takes a mail moves it on by a lease, which runs out after a crash."""
    tries = models.PositiveSmallIntegerField(default=0)
    """Attempts that failed."""
    failure = models.CharField(max_length=20, blank=True)
    """A `MailFailure`: of the last attempt; empty where none failed."""
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
