"""A signed cookie that keeps one short text for each account that used this browser."""

from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponseBase

from accounts import cookies
from accounts.models import User

ACCOUNTS_PER_BROWSER = 5
_MAX_LENGTH = 64


@dataclass(frozen=True)
class AccountCookie:
    name: str
    salt: str
    """Keeps what was signed for one cookie out of another."""
    lifetime_seconds: int

    def entries(self, request: HttpRequest) -> dict[str, str]:
        """Account id → text. A cookie that is missing, tampered with or too old has none."""
        value = request.COOKIES.get(self.name, "")
        try:
            content: Any = signing.loads(value, salt=self.salt, max_age=self.lifetime_seconds)
        except signing.BadSignature:
            return {}
        entries = content if isinstance(content, dict) else {}
        return {key: text for key, text in entries.items() if _is_entry(text)}

    def keep(self, request: HttpRequest, response: HttpResponseBase, user: User, text: str) -> None:
        """Sets the cookie with this account as its newest; its lifetime starts again."""
        others = [(key, entry) for key, entry in self.entries(request).items() if key != str(user.pk)]
        entries = dict([*others[-ACCOUNTS_PER_BROWSER + 1 :], (str(user.pk), text)])
        cookies.keep(response, self.name, signing.dumps(entries, salt=self.salt), seconds=self.lifetime_seconds)


def _is_entry(text: Any) -> bool:
    """An entry that an older or newer version has signed may look different."""
    return isinstance(text, str) and text.isascii() and len(text) <= _MAX_LENGTH
