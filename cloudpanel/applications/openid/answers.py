"""Sends an answer to the application: by redirect, by a page with a link, or by a form (`form_post`).

The panel's Content-Security-Policy allows its forms to lead to the panel only, also by redirects. So after a form, the
answer goes by a page whose script follows its link.
"""

from urllib.parse import urlencode, urlsplit

from csp.constants import SELF
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cloudpanel.applications.openid.addresses import origin_of
from cloudpanel.web.headers import HEADER


def send(
    request: HttpRequest, redirect_uri: str, content: dict[str, str], *, mode: str, after_form: bool, name: str
) -> HttpResponse:
    """Adds `iss` to `content`, so that the application knows whose answer it is (RFC 9207)."""
    content = content | {"iss": settings.PUBLIC_URL}
    if mode == "form_post":
        return _form(request, redirect_uri, content, name)
    address = with_query(redirect_uri, content)
    return onward(request, address, name) if after_form else redirect_to(address)


def with_query(address: str, content: dict[str, str]) -> str:
    if not content:
        return address
    mark = "&" if urlsplit(address).query else "?"
    return f"{address.removesuffix('?')}{mark}{urlencode(content)}"


def redirect_to(address: str) -> HttpResponse:
    """Unlike Django's redirect, it allows the schemes of other programs."""
    return HttpResponse(status=302, headers={"Location": address, "Cache-Control": "no-store"})


def onward(request: HttpRequest, address: str, name: str) -> HttpResponse:
    return render(request, "openid/onward.html", {"address": address, "application": name})


def _form(request: HttpRequest, redirect_uri: str, content: dict[str, str], name: str) -> HttpResponse:
    context = {"action": redirect_uri, "fields": content.items(), "application": name}
    response = render(request, "openid/form_post.html", context)
    allowed = origin_of(redirect_uri) or f"{urlsplit(redirect_uri).scheme}:"
    response[HEADER] = build_policy(replace={"form-action": [SELF, allowed]})
    return response
