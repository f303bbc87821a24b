"""Pages on an application's host. Each is one document, because nothing else of the panel can be loaded there."""

from base64 import b64encode
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cloudpanel.applications.access import Refusal
from cloudpanel.applications.guard import queries
from cloudpanel.applications.guard.rows import GuardRow

STYLE = (
    ":root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;margin:0 auto;padding:2rem 1rem;"
    "max-width:40rem;overflow-wrap:anywhere}h1{font-size:1.5rem}dt{font-weight:600;margin-top:.75rem}dd{margin:0}"
    "button{font:inherit;padding:.5rem 1rem;min-height:2.75rem}.warning{font-weight:600}"
)
POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}
REASONS: dict[Refusal, str | Promise] = {
    Refusal.APPLICATION_DISABLED: _("This application is disabled."),
    Refusal.ROLE_DISABLED: _("Your role is disabled."),
    Refusal.ROLE: _("Your role isn't among those that may open this application."),
}


def page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Renders in the browser's preferred language, as the panel's language cookie isn't sent to this host."""
    own = {"panel_name": settings.PANEL_NAME, "panel_url": settings.PUBLIC_URL, "style": STYLE}
    with translation.override(translation.get_language_from_request(request)):
        text = render_to_string(template, own | context)
    return HttpResponse(text, status=status, headers=HEADERS)


def not_found(request: HttpRequest) -> HttpResponse:
    """For every other URL on an application's host."""
    return page(request, "applications/guard/refused.html", {}, status=404)


def refused(request: HttpRequest, found: GuardRow | None = None, why: Refusal | None = None) -> HttpResponse:
    """The 403 page. Names the application and its owner only to people of its contract."""
    if found is None or why is None or why not in REASONS:
        return page(request, "applications/guard/refused.html", {}, status=403)
    owner = queries.name_of(found.owner_id)
    is_owner = found.user_id == found.owner_id
    context = {"name": found.name, "reason": REASONS[why], "owner": "" if is_owner else owner}
    return page(request, "applications/guard/refused.html", context, status=403)
