"""The language that an application requested for the pages of one login. The person's own choice doesn't change.

It is kept in a separate cookie for as long as a login may take.
"""

from collections.abc import Iterable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from accounts import cookies
from accounts.gate.redirects import ENTRANCE

SECONDS = 20 * 60
PAGES = (*ENTRANCE, "/openid/")


def supported(languages: Iterable[str]) -> str:
    """The first of these languages that the panel supports, by its own code; empty if there is none. Matched as in BCP
    47."""
    for language in languages:
        try:
            return translation.get_supported_language_variant(language.lower())
        except (LookupError, ValueError):
            continue
    return ""


def language_of(request: HttpRequest) -> str:
    """The requested language; empty on all other pages."""
    language = request.COOKIES.get(settings.ASKED_LANGUAGE_COOKIE_NAME, "")
    asked = language and request.path_info.startswith(PAGES) and language in dict(settings.LANGUAGES)
    return language if asked else ""


def speak(request: HttpRequest, language: str) -> None:
    """Takes effect in the response to this request."""
    request.LANGUAGE_CODE = language
    translation.activate(language)


def keep(response: HttpResponse, language: str) -> None:
    cookies.keep(response, settings.ASKED_LANGUAGE_COOKIE_NAME, language, seconds=SECONDS)


def forget(request: HttpRequest, response: HttpResponse) -> None:
    if settings.ASKED_LANGUAGE_COOKIE_NAME in request.COOKIES:
        response.delete_cookie(settings.ASKED_LANGUAGE_COOKIE_NAME, samesite="Lax")
