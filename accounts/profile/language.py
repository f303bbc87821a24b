"""The language of the pages: kept in a cookie, and for the account where somebody is signed in."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.gate.access import Access, Audience, open_to
from accounts.gate.redirects import safe_next
from accounts.gate.request import PanelRequest
from accounts.models import User
from accounts.origin import Origin
from accounts.profile import services


@open_to(Access(Audience.OPEN))
@require_POST
def set_language(request: PanelRequest) -> HttpResponse:
    """Field `language`; back to `next` of the query. An unknown language changes nothing."""
    language = request.POST.get("language", "")
    response = redirect(safe_next(request.GET.get("next")))
    if language in dict(settings.LANGUAGES):
        choose(request, response, language)
    return response


def choose(request: PanelRequest, response: HttpResponse, language: str) -> None:
    if isinstance(request.user, User):
        services.set_language(request.user, language, origin=Origin.from_request(request))
    _keep(response, language)


def follow(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """After a login the account's choice holds in this browser too; an account without one leaves it is."""
    language = user.language
    if language in dict(settings.LANGUAGES) and language != request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME):
        _keep(response, language)


def _keep(response: HttpResponse, language: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
