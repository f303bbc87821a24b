"""The sessions of one user, which the account owner may end, all at once."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import View

from accounts.gate.access import Access, Audience
from accounts.gate.request import PanelRequest
from accounts.origin import Origin
from accounts.sessions import services as sessions
from accounts.users import subjects


class UserSessions(View):
    access = Access(Audience.CONTRACT, owner_only=True, subject=subjects.member)

    def get(self, request: PanelRequest, user_id: int) -> HttpResponse:
        context = {"member": request.subject, "sessions": sessions.shown(request.subject, current=None)}
        return render(request, "accounts/users/sessions.html", context)

    def post(self, request: PanelRequest, user_id: int) -> HttpResponse:
        ended = sessions.end_by(request.user, request.subject, origin=Origin.from_request(request))
        if ended:
            said = ngettext("%(number)d session has ended.", "%(number)d sessions have ended.", ended)
            messages.success(request, said % {"number": ended})
        else:
            messages.info(request, _("Nothing was changed: there were no sessions."))
        return redirect("user", user_id)
