"""Turns rows into emails, with their texts and links as of now, or drops rows that no longer apply."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts import moments
from accounts.models import MailKind, Notice, OutgoingMail, User
from accounts.notices import holding, texts
from accounts.outbox.email import Email, harmless
from accounts.reset import links
from accounts.reset.links import LinkPurpose

_RESET_SUBJECT = _("Choose a new password")
_INVITATION_SUBJECT = _("Your account is ready: choose a password")
_EMAIL_SUBJECT = _("Confirm your new email address")
_FAULT_SUBJECT = _("{fault} at {route}")
_HELP_SUBJECT = _("{name} asks for help with 2FA")


def email_of(mail: OutgoingMail) -> Email | None:
    """The email to send now; None if its link would not work or its notice no longer applies."""
    return _MAKERS[MailKind(mail.kind)](mail)


def _reset(mail: OutgoingMail) -> Email | None:
    """One mail with a link for each account that has this address."""
    asked = [links.alive(LinkPurpose.RESET, bound, uid) for uid, bound in mail.facts["accounts"]]
    people = [found[0] for found in asked if found]
    if not people:
        return None
    accounts = [(harmless(user.username), links.reset_link(user)) for user in people]
    return Email(mail.address, _RESET_SUBJECT, "reset", {"accounts": accounts, "ip": mail.ip}, people[0].language)


def _invitation(mail: OutgoingMail) -> Email | None:
    found = links.alive(LinkPurpose.INVITATION, mail.binding, mail.about_id, mail.actor_id)
    if found is None:
        return None
    user, by = found
    context = {
        "name": harmless(user.name or user.username),
        "contract": harmless(user.contract.name) if user.contract else "",
        "inviter": harmless(by.name or by.username) if by else "",
        "url": links.invitation_link(user, by=by),
        "hours": links.INVITATION_HOURS,
        "required_from": user.two_factor_required_from if user.two_factor_planned else None,
    }
    return Email(mail.address, _INVITATION_SUBJECT, "invitation", context, user.language)


def _new_email(mail: OutgoingMail) -> Email | None:
    found = links.alive(LinkPurpose.EMAIL, mail.binding, mail.about_id, mail.actor_id)
    if found is None:
        return None
    user, by = found
    context = {
        "name": harmless(user.name),
        "url": links.email_link(user, by=by),
        "hours": links.EMAIL_HOURS,
    }
    return Email(mail.address, _EMAIL_SUBJECT, "new_email", context, user.language)


def _fault(mail: OutgoingMail) -> Email | None:
    subject = format_lazy(_FAULT_SUBJECT, fault=mail.facts["fault"], route=mail.facts["route"])
    return Email(mail.address, subject, "fault", {**mail.facts, "at": mail.created_at})


_browser = lazy(texts.browser, str)
"""In the language of the reader, which is set only when the text is rendered."""


def _help(mail: OutgoingMail) -> Email | None:
    """To the people who may help: who asks, from where, and what to do. None once the request can't be answered."""
    people = User.objects.select_related("contract").in_bulk([mail.about_id or 0, mail.reader_id or 0])
    user, owner = people.get(mail.about_id or 0), people.get(mail.reader_id or 0)
    until = moments.read(mail.facts["until"])
    if not (user and owner and until) or str(user.stamp) != mail.binding or until < timezone.now():
        return None
    context = {
        "name": harmless(owner.name or owner.username),
        "asks": harmless(user.name or user.username),
        "account": _account(user),
        "ip": mail.ip,
        "browser": _browser(mail.user_agent),
        "known": mail.facts["known"],
        "last": moments.read(mail.facts.get("last")),
        "at": mail.created_at,
        "until": until,
        "url": settings.PUBLIC_URL + _where_to_answer(user),
    }
    return Email(mail.address, format_lazy(_HELP_SUBJECT, name=context["asks"]), "help", context, owner.language)


def _account(user: User) -> Any:
    if user.contract is None:
        return format_lazy(_("{username}, an account owner"), username=harmless(user.username))
    return format_lazy(
        _("{username}, contract “{contract}”"),
        username=harmless(user.username),
        contract=harmless(user.contract.name),
    )


def _where_to_answer(user: User) -> str:
    """Admins answer owners in Django admin."""
    own = user.contract is None
    return reverse("admin:twofactor_helprequest_changelist") if own else reverse("user_help", args=[user.pk])


def notice_of(mail: OutgoingMail) -> Notice:
    """The notice in this mail, which waits for the next login if the mail can't be sent."""
    return Notice(
        user_id=mail.reader_id or 0, at=mail.created_at, ip=mail.ip, user_agent=mail.user_agent, **mail.facts["notice"]
    )


def _notice(mail: OutgoingMail) -> Email | None:
    reader = User.objects.filter(pk=mail.reader_id or 0).first()
    notice = notice_of(mail)
    if reader is None or not holding.still_true(notice, User.objects.filter(pk=mail.about_id or 0).first()):
        return None
    notice.user = reader
    context = {
        "name": harmless(reader.name or reader.username),
        "paragraphs": partial(texts.paragraphs, notice),
        "linked_paragraphs": partial(texts.linked_paragraphs, notice),
    }
    return Email(mail.address, _headline(notice), "notice", context, reader.language)


_headline = lazy(texts.headline, str)
_MAKERS: dict[MailKind, Callable[[OutgoingMail], Email | None]] = {
    MailKind.RESET: _reset,
    MailKind.INVITATION: _invitation,
    MailKind.HELP: _help,
    MailKind.NEW_EMAIL: _new_email,
    MailKind.NOTICE: _notice,
    MailKind.FAULT: _fault,
}
