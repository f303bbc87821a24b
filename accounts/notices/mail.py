"""What a mail looks like: text and HTML from one base, in the account's language."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.charset import QP, Charset
from email.utils import make_msgid
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise

_CHARSET = Charset("utf-8")
_CHARSET.body_encoding = QP  # ASCII only on the wire: not every server takes 8BITMIME
_DOTS = re.compile("[.\u3002\uff0e\uff61](?=\\S)")


@dataclass(frozen=True)
class Email:
    """`template` names two files, `mail/….txt` and `mail/….html`. `language` may be empty: the panel's default."""

    to: str
    subject: str | Promise
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    language: str = ""


def harmless(text: str) -> str:
    """What people call themselves, on one line and so that no mail program makes a link of it.

    "www.evil.example/pay" becomes "www. evil. example/ pay": readable, but no address.
    """
    plain = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return " ".join(_DOTS.sub(lambda dot: f"{dot[0]} ", plain.replace("://", " ").replace("/", "/ ")).split())


def message(email: Email) -> EmailMultiAlternatives:
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
    made = EmailMultiAlternatives(
        f"{settings.PANEL_NAME}: {subject}", text.strip() + "\n", to=[email.to], headers=headers
    )
    made.encoding = _CHARSET
    made.attach_alternative(html, "text/html")
    return made
