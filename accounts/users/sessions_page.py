"""The sessions of one user, which the account owner may end, all at once."""

from typing import Any

from django.utils.translation import gettext_lazy, ngettext

from accounts.forms import PlainForm
from accounts.gate.access import Access, Audience
from accounts.gate.change_view import ChangeView
from accounts.sessions import services as sessions
from accounts.users import subjects
from accounts.users.responses import way_back


class UserSessions(ChangeView):
    access = Access(Audience.CONTRACT, owner_only=True, subject=subjects.sub_user)
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
        member = self.request.subject
        own = {"member": member, "sessions": sessions.shown(member, current=None)}
        return super().get_context_data(**own | kwargs)
