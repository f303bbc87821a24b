"""The pages that a person sees on the way to an application. Each turns one request into one answer."""

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import BadRequest
from django.db import IntegrityError
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.gate.access import Access, Audience, open_to
from accounts.gate.redirects import LONGEST
from accounts.gate.request import PanelRequest
from cloudpanel.applications.openid import authorize, sentences, steps
from cloudpanel.applications.openid.call import call_of
from cloudpanel.applications.openid.carried_request import CarriedRequest, unseal
from cloudpanel.applications.openid.errors import PageError
from twofactor.login.logout import log_out

Page = Callable[..., HttpResponse]


def page(view: Page) -> Page:
    """Decorates a view: a PageError becomes a page for the person, and so does an account or application that is
    deleted at this moment."""

    @wraps(view)
    def answer(request: PanelRequest, *args: str, **kwargs: str) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except PageError as error:
            raise BadRequest(str(error) or sentences.too_long()) from error
        except IntegrityError as error:
            raise BadRequest(sentences.expired()) from error

    return answer


def to_itself_by_get(request: PanelRequest) -> HttpResponse:
    """Redirects a form from another site to this page by GET, because such a POST brings no cookies (SameSite=Lax).

    Raises PageError if no address can hold it.
    """
    address = f"{request.path}?{request.POST.urlencode()}"
    if len(address) > LONGEST:
        raise PageError
    return HttpResponse(status=303, headers={"Location": address, "Cache-Control": "no-store"})


@open_to(Access(Audience.OPEN))
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@page
def authorization(request: PanelRequest) -> HttpResponse:
    if request.method == "POST":
        return to_itself_by_get(request)
    carried = CarriedRequest(request.META.get("QUERY_STRING", ""))
    return authorize.answer(call_of(request, carried, after_form=False))


@open_to(Access(Audience.OPEN))
@require_safe
@page
def resumed(request: PanelRequest, sealed: str) -> HttpResponse:
    """Continues after a login, a confirmation or a setup, all of which end with a form."""
    return authorize.answer(call_of(request, _unsealed(sealed), after_form=True))


@open_to(Access(Audience.ACCOUNT))
@require_POST
@page
def account(request: PanelRequest) -> HttpResponse:
    """**Continue as NAME**, or **Use another account**."""
    carried = _unsealed(request.POST.get("request", ""))
    if request.POST.get("account") == "another":
        log_out(request)
        return steps.to_login(carried)
    carried = carried.answer("select_account", request.user)
    return authorize.answer(call_of(request, carried, after_form=True))


@open_to(Access(Audience.ACCOUNT))
@require_POST
@page
def consent(request: PanelRequest) -> HttpResponse:
    """**Continue**, or **Cancel**."""
    carried = _unsealed(request.POST.get("request", ""))
    call = call_of(request, carried.answer("consent", request.user), after_form=True)
    return authorize.answer(call) if request.POST.get("consent") == "yes" else call.fail("access_denied")


def _unsealed(sealed: str) -> CarriedRequest:
    carried = unseal(sealed)
    if carried is None:
        raise PageError(sentences.expired())
    return carried
