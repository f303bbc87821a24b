"""`/guard/open/`, where an application's host sends a browser for a ticket, and the guard page of an application."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.core.exceptions import BadRequest
from django.db import IntegrityError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.forms import PlainForm
from accounts.gate.access import Access, Audience, open_to
from accounts.gate.redirects import with_next
from accounts.gate.refusals import refuse
from accounts.gate.request import PanelRequest
from accounts.validators import query_value
from cloudpanel.applications import queries, responses
from cloudpanel.applications.access import Refusal, decide
from cloudpanel.applications.changes import ChangeApplication
from cloudpanel.applications.guard import configurations, doubts, peers, visits
from cloudpanel.applications.guard.door import NONCE_SECONDS, STATE_SALT
from cloudpanel.applications.guard.forms import GuardForm
from cloudpanel.applications.guard.queries import guarded
from cloudpanel.applications.guard.responses import REASONS
from cloudpanel.applications.models import Application
from cloudpanel.applications.services import set_guard
from cloudpanel.applications.subjects import MODIFY, configured, person_of, readable
from twofactor.login.freshness import CONFIRMED_AT

STATE_MAX_LENGTH = 1_700


@open_to(Access(Audience.ACCOUNT))
@require_safe
def open_application(request: PanelRequest) -> HttpResponse:
    """Runs after every step of the login. No contract has to be selected."""
    application, nonce_digest, path = _read_state(query_value(request, "state", max_length=STATE_MAX_LENGTH))
    person = person_of(request, role_listed=queries.is_listed(application, request.user))
    why = decide(application.rules(), person, proof_age=_proof_age(request))
    match why:
        case None:
            pass
        case Refusal.SETUP:
            return responses.to_setup(request, application, address=request.get_full_path())
        case Refusal.PASSKEY:
            return redirect(responses.for_a_key(request, application, address=request.get_full_path()))
        case Refusal.CONFIRM:
            return redirect(with_next(reverse("confirm"), request.get_full_path()))
        case _:
            refuse(request, _why_not(application, why))
    if request.session.row is None:
        raise Http404
    responses.forget(request.session)
    try:
        ticket = visits.issue_ticket(
            application=application,
            session=request.session.row,
            user=request.user,
            verified=person.verified,
            nonce_digest=nonce_digest,
            path=path,
        )
    except IntegrityError as error:
        raise Http404 from error
    return _leave(request, application, f"{application.origin}/.cloudpanel/enter?{urlencode({'ticket': ticket})}")


def _leave(request: PanelRequest, application: Application, address: str) -> HttpResponse:
    """Leaves by an intermediate page if a form of the panel led here: `form-action 'self'` blocks redirects of forms to
    other origins."""
    if request.META.get("HTTP_SEC_FETCH_SITE", "") == "same-origin" or _came_from_panel(request):
        return render(request, "applications/guard/leave.html", {"application": application, "address": address})
    return redirect(address)


def _came_from_panel(request: PanelRequest) -> bool:
    """For browsers without Sec-Fetch-Site; an application's host sends no Referer to this page."""
    return str(request.META.get("HTTP_REFERER", "")).startswith(f"{settings.PUBLIC_URL}/")


def _read_state(text: str) -> tuple[Application, str, str]:
    """Raises BadRequest if the state is forged or has expired, Http404 if the guard is now off."""
    try:
        application_id, nonce_digest, path = signing.loads(text, salt=STATE_SALT, max_age=NONCE_SECONDS)
    except signing.BadSignature as error:
        raise BadRequest(_("This link has expired or is incomplete. Open the application again.")) from error
    found = guarded(application_id)
    if found is None:
        raise Http404
    return found, nonce_digest, path


def _proof_age(request: PanelRequest) -> timedelta:
    return timezone.now() - datetime.fromtimestamp(int(request.session.get(CONFIRMED_AT, 0)), UTC)


def _why_not(application: Application, why: Refusal) -> str:
    """Why it can't be opened. People of another contract learn neither application nor owner."""
    if why not in REASONS:
        return _("You don't have permission to open this application.")
    owner = application.contract.owner.name
    sentence = _("You can't open %(application)s. %(reason)s Ask the account owner, %(name)s.")
    return sentence % {"application": application.name, "reason": REASONS[why], "name": owner}


def _configurations(request: PanelRequest, application: Application) -> list[configurations.Configuration]:
    panel = peers.panel_address(request.META)
    return configurations.all_for(application.pk, application.origin, application.upstream, panel=panel)


class ApplicationGuard(ChangeApplication):
    """The switch, the configurations for the proxy, and what its last check sent. Everybody who may see applications
    may read it."""

    access = Access(Audience.CONTRACT, subject=readable)
    template_name = "applications/guard/guard.html"
    form_class = GuardForm
    heading = gettext_lazy("Guard of the application %(application)s")
    done = gettext_lazy("The guard of the application %(application)s was changed.")

    def change(self, form: PlainForm) -> bool:
        return set_guard(**form.cleaned_data, **self.common())

    def get_success_url(self) -> str:
        return reverse("application_guard", args=[self.application.pk])

    def cancel_url(self) -> str:
        return responses.way_back(self.request, self.application)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        check = self.application.last_check
        return super().get_context_data(
            configurations=_configurations(self.request, self.application),
            changeable=MODIFY in self.request.permissions,
            last_check_at=self.application.last_used_at,
            last_check=check,
            doubts=doubts.sentences(check.get("doubts", ())),
            **kwargs,
        )


@open_to(Access(Audience.CONTRACT, subject=configured))
@require_safe
def download(request: PanelRequest, application_id: int, kind: str) -> HttpResponse:
    """Downloads one configuration."""
    for configuration in _configurations(request, request.subject):
        if configuration.kind == kind:
            disposition = content_disposition_header(as_attachment=True, filename=configuration.file_name)
            headers = {"Content-Disposition": disposition}
            return HttpResponse(configuration.text, content_type="text/plain; charset=utf-8", headers=headers)
    raise Http404
