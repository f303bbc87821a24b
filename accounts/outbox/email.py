"""Builds mails: text and HTML from one base, in the account's language."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.charset import QP, Charset
from email.utils import make_msgid
from typing import Any

import django
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise

from accounts.addresses import check_reach

_DOTS = re.compile("[.\u3002\uff0e\uff61](?=\\S)")


class AsciiMail(EmailMultiAlternatives):
    """A mail whose bytes are all ASCII, since not every server supports 8BITMIME (RFC 6152).

    Up to Django 5.2 a `Charset` decides on the encoding of bodies, from Django 6.0 on the policy of the email package.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if django.VERSION < (6, 0):
            self.encoding = Charset("utf-8")
            self.encoding.body_encoding = QP

    def message(self, **kwargs: Any) -> Any:
        if "policy" in kwargs:
            kwargs["policy"] = kwargs["policy"].clone(cte_type="7bit")
        return super().message(**kwargs)


@dataclass(frozen=True)
class Email:
    """`template` names two files, `mail/….txt` and `mail/….html`. An empty `language` means the panel's default."""

    to: str
    subject: str | Promise
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    language: str = ""


def harmless(text: str) -> str:
    """A name on one line, in a form that no mail program turns into a link.

    "www.evil.example/pay" becomes "www. evil. example/ pay": readable, but not an address.
    """
    plain = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return " ".join(_DOTS.sub(lambda dot: f"{dot[0]} ", plain.replace("://", " ").replace("/", "/ ")).split())


def message(email: Email) -> EmailMultiAlternatives:
    """Raises ValidationError for an address that an older version accepted and that would lead elsewhere."""
    check_reach(email.to)
    language = email.language or settings.LANGUAGE_CODE
    with translation.override(language):
        subject = " ".join(str(email.subject).split())
        context = {
            "panel_name": settings.PANEL_NAME,
            "panel_url": settings.PUBLIC_URL,
            "language": language,
            "subject": subject,
            **email.context,
        }
        text = render_to_string(f"mail/{email.template}.txt", context)
        html = render_to_string(f"mail/{email.template}.html", context)
    headers = {
        "Auto-Submitted": "auto-generated",  # RFC 3834: no holiday notes in return
        "Message-ID": make_msgid(domain=settings.MAIL_HELO),
    }
    made = AsciiMail(f"{settings.PANEL_NAME}: {subject}", text.strip() + "\n", to=[email.to], headers=headers)
    made.attach_alternative(html, "text/html")
    return made
