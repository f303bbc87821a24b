"""`/guard/open/`: where an application's host sends a browser for a ticket; and the guard page of an application."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.forms import PlainForm
from accounts.gate.access import Access, Audience, open_to
from accounts.gate.refusals import refuse
from accounts.gate.request import PanelRequest
from accounts.validators import query_value
from cloudpanel.applications import queries
from cloudpanel.applications.access import Refusal, decide
from cloudpanel.applications.changes import ChangeApplication
from cloudpanel.applications.facts import moment
from cloudpanel.applications.guard import configurations, pages, visits
from cloudpanel.applications.guard.door import NONCE_SECONDS, STATE_SALT
from cloudpanel.applications.guard.forms import GuardForm
from cloudpanel.applications.models import Application
from cloudpanel.applications.responses import way_back
from cloudpanel.applications.services import set_guard
from cloudpanel.applications.subjects import MODIFY, configured, person_of, readable
from twofactor.login.flow import AFTER_SETUP
from twofactor.login.freshness import CONFIRMED_AT

STATE_MAX_LENGTH = 1_700


@open_to(Access(Audience.ACCOUNT))
@require_safe
def open_application(request: PanelRequest) -> HttpResponse:
    """The gate has led through every step of the login. No contract has to be chosen for this."""
    application, nonce_digest, path = _read_state(query_value(request, "state", max_length=STATE_MAX_LENGTH))
    person = person_of(request, role_listed=queries.is_listed(application, request.user))
    why = decide(application.rules(), person, proof_age=_proof_age(request))
    match why:
        case None:
            pass
        case Refusal.SETUP:
            request.session[AFTER_SETUP] = request.get_full_path()
            return redirect("two_factor_setup")
        case Refusal.CONFIRM | Refusal.PASSKEY:
            return redirect(f"{reverse('confirm')}?{urlencode({'next': request.get_full_path()})}")
        case _:
            refuse(request, _why_not(application, why))
    if request.session.row is None:
        raise Http404
    request.session.pop(AFTER_SETUP, None)
    ticket = visits.issue_ticket(
        application=application,
        session=request.session.row,
        user=request.user,
        verified=person.verified,
        nonce_digest=nonce_digest,
        path=path,
    )
    return _leave(request, application, f"{application.origin}/.cloudpanel/enter?{urlencode({'ticket': ticket})}")


def _leave(request: PanelRequest, application: Application, address: str) -> HttpResponse:
    """By a page where a form of the panel led here: `form-action 'self'` stops the redirect of a form to elsewhere."""
    if request.META.get("HTTP_SEC_FETCH_SITE", "") == "same-origin" or _came_from_panel(request):
        return render(request, "applications/guard/leave.html", {"application": application, "address": address})
    return redirect(address)


def _came_from_panel(request: PanelRequest) -> bool:
    """For browsers that say nothing of the site; an application's host sends no Referer here."""
    return str(request.META.get("HTTP_REFERER", "")).startswith(f"{settings.PUBLIC_URL}/")


def _read_state(text: str) -> tuple[Application, str, str]:
    """Raises BadRequest for one that is not ours or too old, Http404 where the guard is off by now."""
    try:
        application_id, nonce_digest, path = signing.loads(text, salt=STATE_SALT, max_age=NONCE_SECONDS)
    except signing.BadSignature as error:
        raise BadRequest(_("This link has expired or is incomplete. Open the application again.")) from error
    found = Application.objects.select_related("contract__owner").filter(pk=application_id, guard=True).first()
    if found is None:
        raise Http404
    return found, nonce_digest, path


def _proof_age(request: PanelRequest) -> timedelta:
    return timezone.now() - datetime.fromtimestamp(int(request.session.get(CONFIRMED_AT, 0)), UTC)


def _why_not(application: Application, why: Refusal) -> str:
    """Names neither application nor owner to people of another contract."""
    if why not in pages.REASONS:
        return _("You don't have permission to open this application.")
    owner = application.contract.owner.name
    sentence = _("You can't open %(application)s. %(reason)s Ask the account owner, %(name)s.")
    return sentence % {"application": application.name, "reason": pages.REASONS[why], "name": owner}


def _configurations(application: Application) -> list[configurations.Configuration]:
    return configurations.all_for(application.pk, application.origin, application.upstream)


class ApplicationGuard(ChangeApplication):
    """Switch, configurations for the proxy, and what its last check looked like. Read by whoever sees applications."""

    access = Access(Audience.CONTRACT, subject=readable)
    template_name = "applications/guard/guard.html"
    form_class = GuardForm
    heading = gettext_lazy("Guard of the application %(application)s")
    done = gettext_lazy("The guard of the application %(application)s was changed.")

    def change(self, form: PlainForm) -> bool:
        return set_guard(assertion=self.application.assertion, **form.cleaned_data, **self.common())

    def get_success_url(self) -> str:
        return reverse("application_guard", args=[self.application.pk])

    def cancel_url(self) -> str:
        return way_back(self.request, self.application)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        check = self.application.last_check
        return super().get_context_data(
            configurations=_configurations(self.application),
            changeable=MODIFY in self.request.permissions,
            last_check_at=moment(self.application.last_used_at) if check else "",
            last_check=check,
            **kwargs,
        )


@open_to(Access(Audience.CONTRACT, subject=configured))
@require_safe
def download(request: PanelRequest, application_id: int, kind: str) -> HttpResponse:
    """One configuration as a file."""
    for configuration in _configurations(request.subject):
        if configuration.kind == kind:
            disposition = f'attachment; filename="{configuration.file_name}"'
            headers = {"Content-Disposition": disposition}
            return HttpResponse(configuration.text, content_type="text/plain; charset=utf-8", headers=headers)
    raise Http404
