"""URLs that browsers, password managers and security researchers look up by themselves (RFC 8615)."""

from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.gate.access import Access, Audience, open_to

VALID_FOR = timedelta(days=180)


@open_to(Access(Audience.OPEN))
@require_safe
def change_password(request: HttpRequest) -> HttpResponse:
    """Redirects password managers to the page that changes the password (W3C, A Well-Known URL for Changing
    Passwords)."""
    return redirect("profile_password")


@open_to(Access(Audience.OPEN))
@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Where to report a vulnerability (RFC 9116); a 404 unless `SECURITY_CONTACT` is set."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    lines = (
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {timezone.now() + VALID_FOR:%Y-%m-%dT00:00:00Z}",
        f"Preferred-Languages: {', '.join(code for code, _ in settings.LANGUAGES)}",
        f"Canonical: {settings.PUBLIC_URL}/.well-known/security.txt",
    )
    return HttpResponse("".join(f"{line}\n" for line in lines), content_type="text/plain; charset=utf-8")
