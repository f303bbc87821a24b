"""`/favicon.ico`, which browsers request on their own; open to everybody."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from accounts.gate.access import Access, Audience, open_to


@open_to(Access(Audience.OPEN))
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    return redirect(static("img/favicon.ico"))
