"""The panel's addresses and some that fail in every way that a view can."""

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST

from accounts.gate.access import Access, Audience, open_to
from cloudpanel import urls
from cloudpanel.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

FAILURES = {
    "forbidden": PermissionDenied("Only the account owner can do this."),
    "missing": Http404("user 7 of contract 3"),
    "suspicious": SuspiciousOperation("x"),
    "broken": RuntimeError("the secret is hunter-two"),
    "lost": OperationalError("server closed the connection"),
}


@open_to(Access(Audience.OPEN))
def fail(request: HttpRequest, how: str, token: str = "") -> HttpResponse:
    raise FAILURES[how]


@open_to(Access(Audience.OPEN))
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{len(request.POST)} {len(request.FILES)}")


urlpatterns = [*urls.urlpatterns, path("fail/<how>/<token>/", fail), path("fail/<how>/", fail), path("read/", read)]
