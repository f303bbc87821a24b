"""Makes an email of a row, in words and with links only now; none where it would say what no longer holds."""

from collections.abc import Callable
from functools import partial

from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import MailKind, Notice, OutgoingMail, User
from accounts.notices import texts
from accounts.notices.mail import Email, harmless
from accounts.reset import links
from accounts.reset.links import Purpose

_RESET_SUBJECT = _("Choose a new password")
_INVITATION_SUBJECT = _("Your account is ready: choose a password")
_EMAIL_SUBJECT = _("Confirm your new email address")


def email_of(mail: OutgoingMail) -> Email | None:
    """What is to be sent now; None where its link would be dead, or what it says no longer holds."""
    return _MAKERS[MailKind(mail.kind)](mail)


def _reset(mail: OutgoingMail) -> Email | None:
    """One mail with a link for each account that has this address."""
    asked = [links.alive(Purpose.RESET, bound, uid) for uid, bound in mail.facts["accounts"]]
    people = [found[0] for found in asked if found]
    if not people:
        return None
    accounts = [(user.username, links.reset_link(user)) for user in people]
    return Email(mail.address, _RESET_SUBJECT, "reset", {"accounts": accounts, "ip": mail.ip}, people[0].language)


def _invitation(mail: OutgoingMail) -> Email | None:
    found = links.alive(Purpose.INVITATION, mail.binding, mail.about_id, mail.actor_id)
    if found is None:
        return None
    user, by = found
    context = {
        "name": harmless(user.name or user.username),
        "username": user.username,
        "contract": harmless(user.contract.name) if user.contract else "",
        "inviter": harmless(by.name or by.username) if by else "",
        "url": links.invitation_link(user, by=by),
    }
    return Email(mail.address, _INVITATION_SUBJECT, "invitation", context, user.language)


def _new_email(mail: OutgoingMail) -> Email | None:
    found = links.alive(Purpose.EMAIL, mail.binding, mail.about_id, mail.actor_id)
    if found is None:
        return None
    user, by = found
    context = {"name": harmless(user.name), "username": user.username, "url": links.email_link(user, by=by)}
    return Email(mail.address, _EMAIL_SUBJECT, "new_email", context, user.language)


def notice_of(mail: OutgoingMail) -> Notice:
    """The notice that this mail is, which waits for the next login where the mail can't be sent."""
    return Notice(
        user_id=mail.reader_id or 0, at=mail.created_at, ip=mail.ip, user_agent=mail.user_agent, **mail.facts["notice"]
    )


def _notice(mail: OutgoingMail) -> Email | None:
    reader = User.objects.filter(pk=mail.reader_id or 0).first()
    notice = notice_of(mail)
    if reader is None or not texts.still_true(notice, User.objects.filter(pk=mail.about_id or 0).first()):
        return None
    notice.user = reader
    paragraphs = partial(texts.paragraphs, notice)
    context = {"name": harmless(reader.name or reader.username), "paragraphs": paragraphs}
    return Email(mail.address, _headline(notice), "notice", context, reader.language)


_headline = lazy(texts.headline, str)
_MAKERS: dict[MailKind, Callable[[OutgoingMail], Email | None]] = {
    MailKind.RESET: _reset,
    MailKind.INVITATION: _invitation,
    MailKind.NEW_EMAIL: _new_email,
    MailKind.NOTICE: _notice,
}
