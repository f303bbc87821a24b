"""The sessions of one user, which the account owner can end one by one or all at once."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from accounts.forms import PlainForm
from accounts.gate import parts
from accounts.gate.access import Access, Audience, open_to
from accounts.gate.change_view import ChangeView
from accounts.gate.request import PanelRequest
from accounts.lists.responses import LIST
from accounts.models import User
from accounts.origin import Origin
from accounts.sessions import services as sessions
from accounts.sessions.responses import keeping_place, listing_of
from accounts.users import subjects
from accounts.users.responses import query_of, way_back

OWNERS = Access(Audience.CONTRACT, owner_only=True, subject=subjects.sub_user)


@parts.in_parts
@open_to(OWNERS)
@require_POST
def end_session(request: PanelRequest, user_id: int) -> HttpResponse:
    """Fields: `session`, the reference of one session of this user; `page`, sent by the page with all of them."""
    user, reference = request.subject, request.POST.get("session", "")
    if sessions.end_one(user, reference, actor=request.user, origin=Origin.from_request(request)):
        messages.success(request, _("The session was ended."))
    else:
        messages.info(request, _("This session had already ended."))
    page = keeping_place(request, page_url(request, user))
    return redirect(page if "page" in request.POST else way_back(request, user))


def page_url(request: PanelRequest, user: User) -> str:
    """Keeps the parameters of the list of users, for the way back."""
    return reverse("user_sessions", args=[user.pk]) + query_of(request)


class UserSessions(ChangeView):
    access = OWNERS
    in_parts = True
    template_name = "accounts/users/sessions.html"
    unchanged = gettext_lazy("Nothing was changed: there were no sessions.")

    def change(self, form: PlainForm) -> int:
        return sessions.end_by(self.request.user, self.request.subject, origin=self.origin)

    def message(self, outcome: int) -> str:
        text = ngettext("%(number)d session has ended.", "%(number)d sessions have ended.", outcome)
        return text % {"number": outcome}

    def get_success_url(self) -> str:
        return way_back(self.request, self.request.subject)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.subject
        end_url = keeping_place(self.request, reverse("user_session_end", args=[user.pk]) + query_of(self.request))
        listing = listing_of(self.request, user, url=page_url(self.request, user))
        return super().get_context_data(sub_user=user, listing=listing, end_url=end_url, **kwargs)

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        if parts.asked(self.request) == LIST:
            return parts.render_part(self.request, "accounts/sessions/list.html", context)
        return super().render_to_response(context, **kwargs)
