"""Stores somebody's choices in the browser, logged in or not: for a year, readable by the panel only."""

from django.conf import settings
from django.http import HttpResponse

ONE_YEAR = 365 * 24 * 3600


def keep(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=ONE_YEAR, secure=settings.HTTPS, httponly=True, samesite="Lax")
