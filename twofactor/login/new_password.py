"""`/password/new/`: a forced new password, asked between the code and the set-up."""

from django.db import transaction
from django.http import HttpResponse
from django.views import View

from accounts.gate.access import Access, Audience, Stage
from accounts.gate.request import PanelRequest
from accounts.models import Event, User
from accounts.notices.record_and_notify import record_and_notify
from accounts.origin import Origin
from accounts.passwords import rules as passwords
from accounts.passwords.forms import NewPasswordForm, suggested
from accounts.sessions import services as sessions
from twofactor.login import flow, pending_login
from twofactor.login.views import proceed
from twofactor.responses import show


class NewPasswordStep(View):
    access = Access(Audience.STEP, stage=Stage.NEW_PASSWORD)
    template = "twofactor/password_new.html"

    def get(self, request: PanelRequest) -> HttpResponse:
        return show(request, self.template, NewPasswordForm(user=request.pending_login.user), self.context(request))

    def post(self, request: PanelRequest) -> HttpResponse:
        waiting = request.pending_login
        if "suggest" in request.POST:
            return show(request, self.template, suggested(waiting.user), self.context(request))
        form = NewPasswordForm(request.POST, user=waiting.user)
        if not form.is_valid():
            return show(request, self.template, form, self.context(request))
        user = waiting.user
        if not choose_password(user, form.cleaned_data["new_password1"], origin=Origin.from_request(request)):
            return flow.to_login(pending_login.Reason.CHANGED)
        return proceed(request, user, pending_login.proved(waiting.login, user, device_id=waiting.login.device_id))

    def context(self, request: PanelRequest) -> dict[str, object]:
        return {"account": request.pending_login.user.username}


def choose_password(user: User, password: str, *, origin: Origin) -> bool:
    """The password that was asked for; False if the account has changed since `user` was read."""
    encoded = passwords.hashed(password)
    with transaction.atomic():
        if not sessions.advance(user, password=encoded, must_change_password=False, password_set_by_other=False):
            return False
        sessions.end_all(user)
        record_and_notify(Event.USER_PASSWORD, origin=origin, actor=user, target=user)
    return True
