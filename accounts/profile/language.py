"""The language of the pages, stored in a cookie and, if somebody is logged in, for the account."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.cookies import keep
from accounts.gate import asked_language
from accounts.gate.access import Access, Audience, open_to
from accounts.gate.redirects import safe_next
from accounts.gate.request import PanelRequest
from accounts.models import User
from accounts.origin import Origin
from accounts.profile import services


@open_to(Access(Audience.OPEN))
@require_POST
def set_language(request: PanelRequest) -> HttpResponse:
    """Field `language`; redirects to `next` of the query. An unknown language changes nothing."""
    language = request.POST.get("language", "")
    response = redirect(safe_next(request.GET.get("next")))
    if language in dict(settings.LANGUAGES):
        choose(request, response, language)
    return response


def choose(request: PanelRequest, response: HttpResponse, language: str) -> None:
    if isinstance(request.user, User):
        services.set_language(request.user, language, origin=Origin.from_request(request))
    else:
        keep(response, settings.VISITORS_LANGUAGE_COOKIE_NAME, language, seconds=None)
    asked_language.forget(request, response)
    keep(response, settings.LANGUAGE_COOKIE_NAME, language)


def after_login(request: HttpRequest, user: User) -> str:
    """The language of the pages from a login on: the account's. One that nobody has chosen, but that came from who
    created the account, gives way to a choice made in this browser, and to what the browser prefers. Empty for
    that."""
    language = user.language
    if not user.language_chosen:
        preferred = "" if request.headers.get("Accept-Language") else user.language
        language = _supported(request, settings.LANGUAGE_COOKIE_NAME) or preferred
    return language if language in dict(settings.LANGUAGES) else ""


def _supported(request: HttpRequest, cookie: str) -> str:
    """The language in this cookie; empty if there is none, or not one of the panel's."""
    language = request.COOKIES.get(cookie, "")
    return language if language in dict(settings.LANGUAGES) else ""


def adopt(request: HttpRequest, user: User) -> None:
    """At a login, keeps the choice made on the pages before it, for an account in which nobody has chosen. The language
    of these pages alone may be that of somebody who was logged in here."""
    chosen = _supported(request, settings.VISITORS_LANGUAGE_COOKIE_NAME)
    if chosen and not user.language_chosen:
        services.set_language(user, chosen, origin=Origin.from_request(request))


def speak(request: HttpRequest, user: User) -> None:
    """What a login says in its messages is read on the next page, so it is in the language of that page."""
    if language := after_login(request, user):
        asked_language.speak(request, language)


def follow(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """After a login, applies the account's choice to this browser. An account without one changes nothing. What was
    chosen before the login is no choice of the next person."""
    language = after_login(request, user)
    if language and language != request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME):
        keep(response, settings.LANGUAGE_COOKIE_NAME, language)
    if settings.VISITORS_LANGUAGE_COOKIE_NAME in request.COOKIES:
        response.delete_cookie(settings.VISITORS_LANGUAGE_COOKIE_NAME, samesite="Lax")
