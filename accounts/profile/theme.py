"""Light or dark pages, or what the system prefers: the choice of this browser, stored in a cookie."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.cookies import keep
from accounts.gate.access import Access, Audience, open_to
from accounts.gate.redirects import safe_next

SYSTEM = "system"
CHOSEN = ("light", "dark")


def theme_of(request: HttpRequest) -> str:
    """The theme of this browser. A cookie with an unknown theme is ignored."""
    theme = request.COOKIES.get(settings.THEME_COOKIE_NAME, "")
    return theme if theme in CHOSEN else SYSTEM


@open_to(Access(Audience.OPEN))
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Field `theme`; redirects to `next` of the query. An unknown theme changes nothing."""
    theme = request.POST.get("theme", "")
    response = redirect(safe_next(request.GET.get("next")))
    if theme in CHOSEN:
        keep(response, settings.THEME_COOKIE_NAME, theme)
    elif theme == SYSTEM:
        response.delete_cookie(settings.THEME_COOKIE_NAME, samesite="Lax")
    return response
