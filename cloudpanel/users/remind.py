"""`POST /management/users/remind/`: the owner reminds people to set up 2FA, by at most one mail a day each."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.gate.access import Access, Audience, open_to
from accounts.gate.refusals import refuse
from accounts.gate.request import PanelRequest
from accounts.models import User
from accounts.origin import Origin
from accounts.users import rules
from cloudpanel.users.subjects import IDS_AT_ONCE, users_named
from twofactor.requirement import plan


def selected(request: PanelRequest) -> list[User]:
    """The users with these `ids`. 404 if one of them is not in the contract, then 403 for everybody but the owner."""
    people = users_named(request, request.POST.getlist("ids")[: IDS_AT_ONCE + 1])
    if not request.is_owner:
        refuse(request, rules.OWNER_ONLY)
    return people


@open_to(Access(Audience.CONTRACT, owner_only=True, subject=selected))
@require_POST
def remind(request: PanelRequest) -> HttpResponse:
    people = request.subject
    reminded = plan.remind(actor=request.user, people=people[:IDS_AT_ONCE], origin=Origin.from_request(request))
    if reminded:
        messages.success(request, _said(len(reminded)) % {"n": len(reminded)})
    left_out = [user.username for user in people if user not in reminded]
    if left_out:
        said = _("Not reminded: %(names)s. They are ready, have no email, or were notified within the last day.")
        messages.info(request, said % {"names": ", ".join(left_out)})
    if not people:
        messages.info(request, _("No users selected. Select at least one user in the table."))
    return redirect("overview")


def _said(number: int) -> str:
    if settings.MAIL_ENABLED:
        return ngettext("%(n)d user was reminded.", "%(n)d users were reminded.", number)
    return ngettext(
        "%(n)d user is reminded at the next login.", "%(n)d users are reminded at their next login.", number
    )
