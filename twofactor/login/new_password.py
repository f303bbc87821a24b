"""`/password/new/`: a forced new password, between the code and the setup."""

from functools import partial
from typing import Any

from django.http import HttpResponse

from accounts.forms import PlainForm
from accounts.gate.access import Access, Audience, Stage
from accounts.gate.change_view import PasswordView
from accounts.outbox.rows import Mailed
from accounts.passwords import services as passwords
from accounts.passwords.forms import NewPasswordForm
from accounts.sessions import services as sessions
from twofactor.login import flow, pending_login
from twofactor.login.views import proceed
from twofactor.step_view import StepView


class NewPasswordStep(PasswordView, StepView):
    access = Access(Audience.STEP, stage=Stage.NEW_PASSWORD)
    template_name = "twofactor/password_new.html"
    form_class = NewPasswordForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.request.pending_login.user}

    def change(self, form: PlainForm) -> Mailed | None:
        user = self.request.pending_login.user
        seen = partial(sessions.unchanged, user)
        password = form.cleaned_data["new_password1"]
        return passwords.change(user, password, by=user, seen=seen, origin=self.origin, unblock=False)

    def answer(self, outcome: Mailed | None, form: PlainForm) -> HttpResponse:
        waiting = self.request.pending_login
        if not outcome:
            return flow.to_login(pending_login.Reason.CHANGED)
        proved = pending_login.proved(waiting.login, waiting.user, device_id=waiting.login.device_id)
        return proceed(self.request, waiting.user, proved)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(account=self.request.pending_login.user.username, **kwargs)
