"""The language of the pages: kept in a cookie, and for the account where somebody is signed in."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST

from accounts.access import Access, Audience, open_to
from accounts.http import PanelRequest
from accounts.models import User
from accounts.redirects import safe_next


@open_to(Access(Audience.OPEN))
@require_POST
def set_language(request: PanelRequest) -> HttpResponse:
    """Field `language`; back to `next` of the query. An unknown language changes nothing."""
    language = request.POST.get("language", "")
    response = redirect(safe_next(request.GET.get("next")))
    if language not in dict(settings.LANGUAGES) or not check_for_language(language):
        return response
    if isinstance(request.user, User):
        User.objects.filter(pk=request.user.pk).update(language=language)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    return response
