"""Django admin as part of the panel: the same login, the same gate, the same services.

It has no login of its own. The gate only lets in admins with a verified second factor, and pages that can change
something need a confirmation within the last five minutes.
"""

from functools import update_wrapper
from http import HTTPStatus
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin import accounts as admin
from accounts.gate.redirects import HOME, with_next
from accounts.gate.request import PanelRequest
from accounts.models import User
from twofactor.admin import UserAdmin
from twofactor.help.admin import HelpRequestAdmin
from twofactor.help.models import HelpRequest
from twofactor.login import freshness
from twofactor.login.views import log_out

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
FORMS = ("_add", "_change", "_delete")
OWN_PASSWORD = "/profile/password/"  # noqa: S105  an address


class PanelAdminSite(AdminSite):
    site_title = site_header = format_lazy("{}: {}", settings.PANEL_NAME, gettext_lazy("administration"))
    index_title = gettext_lazy("Accounts, contracts and logs")

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return isinstance(user, User) and user.is_active and user.is_staff and user.is_verified()

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        if view == self.logout:
            return view  # whoever is logged in may log out
        inner = super().admin_view(view, cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            refuse_zero_bytes(request)
            if may_write(request) and not freshness.confirmed_recently(request):  # type: ignore[arg-type]
                return to_confirm(request)
            response = inner(request, *args, **kwargs)
            if may_write(request) and request.method == "POST" and response.status_code == HTTPStatus.FOUND:
                freshness.extend_confirmation(request)  # type: ignore[arg-type]
            return response

        return update_wrapper(guarded, view)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Makes “View site” open the panel; the Overview would redirect admins without a contract back to this page."""
        context = super().each_context(request)
        in_panel = request.contract is not None or request.must_choose  # type: ignore[attr-defined]
        return context | {"site_url": reverse("overview" if in_panel else "profile")}

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Not reached by anonymous visitors: the gate has redirected them to `/login/`."""
        return redirect(f"{self.name}:index" if self.has_permission(request) else HOME)

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        return log_out(cast(PanelRequest, request))

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        return redirect(OWN_PASSWORD)

    def password_change_done(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        return redirect(OWN_PASSWORD)


def refuse_zero_bytes(request: HttpRequest) -> None:
    """PostgreSQL raises an error for a query with a zero byte."""
    if "\0" in request.path or any("\0" in value for _name, values in request.GET.lists() for value in values):
        raise BadRequest


def may_write(request: HttpRequest) -> bool:
    """Every page with a form, also by GET, and every POST."""
    name = (request.resolver_match.url_name if request.resolver_match else None) or ""
    return request.method not in SAFE_METHODS or name.endswith(FORMS)


def to_confirm(request: HttpRequest) -> HttpResponse:
    if request.method not in SAFE_METHODS:
        messages.warning(request, _("Nothing was saved. Confirm access first, then submit the form again."))
    return redirect(with_next(reverse("confirm"), request.get_full_path()))


site = PanelAdminSite(name="admin")
for model, shown_by in ({User: UserAdmin, HelpRequest: HelpRequestAdmin} | dict(admin.SHOWN)).items():
    site.register(model, shown_by)
