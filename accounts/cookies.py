"""Keeps something in the browser, logged in or not, that only the panel can read."""

from django.conf import settings
from django.http import HttpResponseBase

ONE_YEAR = 365 * 24 * 3600


def keep(response: HttpResponseBase, name: str, value: str, *, seconds: int | None = ONE_YEAR) -> None:
    """For a year, or with None until the browser is closed."""
    response.set_cookie(name, value, max_age=seconds, secure=settings.HTTPS, httponly=True, samesite="Lax")
