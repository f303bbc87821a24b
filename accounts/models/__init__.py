"""Who exists, what they may do and what happened. One module per table; this package only collects them."""

from accounts.models.attempts import Attempts
from accounts.models.audit import AuditRow, Event, Outcome
from accounts.models.contract import Contract
from accounts.models.mail import MailFailure, MailKind, OutgoingMail
from accounts.models.notice import Notice
from accounts.models.repetition import Repetition
from accounts.models.role import Role
from accounts.models.session import Session
from accounts.models.user import User

__all__ = [
    "Attempts",
    "AuditRow",
    "Contract",
    "Event",
    "MailFailure",
    "MailKind",
    "Notice",
    "Outcome",
    "OutgoingMail",
    "Repetition",
    "Role",
    "Session",
    "User",
]
