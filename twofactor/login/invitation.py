"""Follows a mailed link to a new password. An invitation continues with the login, without another page."""

from django.http import HttpResponse

from accounts.forms import PlainForm
from accounts.gate.redirects import HOME
from accounts.outbox.rows import Mailed
from accounts.reset.link_pages import PasswordResetPage, dead_link, someone_else
from twofactor.login import flow, pending_login
from twofactor.login.views import led_to


class PasswordLinkPage(PasswordResetPage):
    """Invited people have just proved access to their mailbox and chosen the password, so they continue as after a
    correct password: code or setup, as usual. A reset leads to the login, where the password must be entered
    once."""

    def answer(self, outcome: Mailed | None, form: PlainForm) -> HttpResponse:
        if not outcome or not self.is_invitation or someone_else(self.request, self.link.user):
            return super().answer(outcome, form)
        user = pending_login.read_user(self.link.user.pk)
        if user is None:
            return dead_link(self.request)
        if user.stamp != self.link.user.stamp:  # not the account that this link has just changed
            return flow.to_login(pending_login.Reason.CHANGED)
        self.request.session.flush()
        return led_to(self.request, flow.advance(self.request, user, pending_login.begin(user, HOME)))
