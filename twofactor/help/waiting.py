"""`/login/help/`: asks the account owner, shows the three words and waits. Open after the right password alone."""

from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.audit.waits import note_wait
from accounts.forms import PlainForm
from accounts.gate import parts
from accounts.gate.access import Access, Audience, Stage
from accounts.gate.request import PanelRequest
from accounts.models.session_store import row_key
from accounts.origin import Origin
from accounts.throttling import budgets
from accounts.throttling.budgets import Wait
from twofactor import setup_browser
from twofactor.factors.security_keys import offered
from twofactor.help import policy, queries, services
from twofactor.help.models import HelpDecision, HelpRequest
from twofactor.help.services import AskedElsewhere, HelpAsked, NotOpen
from twofactor.login import flow, known_browser, pending_login, throttles
from twofactor.step_view import StepView

PART = "help"
"""The id of what changes on the page while it waits."""


class Shown(StrEnum):
    ASK = "ask"
    WAIT = "wait"
    ENDED = "ended"
    ELSEWHERE = "elsewhere"
    NOBODY = "nobody"
    """An admin, an owner where there is no admin to ask, or a user of an owner who was deactivated."""


class HelpStep(StepView):
    access = Access(Audience.STEP, stage=Stage.CODE)
    template_name = "twofactor/help/waiting.html"
    in_parts = True

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        context = self.get_context_data()
        if parts.asked(self.request) == PART:
            if self.request.GET.get("shown") == context["shown"]:
                return parts.mark(HttpResponse(status=204))
            return parts.render_part(self.request, "twofactor/help/part.html", context)
        response = self.render_to_response(context)
        if context["shown"] == Shown.WAIT:
            self.keep_secret(response)
        return response

    def change(self, form: PlainForm) -> HelpAsked | AskedElsewhere | NotOpen | Wait | None:
        """None where there is nobody to ask."""
        return ask(self.request) if queries.helpers_of(self.request.pending_login.user).exists() else None

    def answer(self, outcome: HelpAsked | AskedElsewhere | NotOpen | Wait | None, form: PlainForm) -> HttpResponse:
        if isinstance(outcome, Wait):
            return self.wait(form, outcome)
        if isinstance(outcome, NotOpen):
            return flow.to_login(pending_login.Reason.CHANGED)
        response = redirect("login_help")
        if isinstance(outcome, HelpAsked):
            self.keep_secret(response)
        return response

    def keep_secret(self, response: HttpResponse) -> None:
        setup_browser.remember(self.request, response, self.request.pending_login.user, secret_of(self.request))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.pending_login.user
        asked = services.latest(user, setup_browser.digest(secret_of(self.request)), origin=self.origin)
        words = services.words_of(asked) if asked else ""
        shown = self.shown(asked, words)
        contract = user.contract
        own = {
            "account": user.username,
            "shown": shown,
            "owner": (contract.owner.name or contract.owner.username) if contract else _("whoever runs this panel"),
            "contract": contract.name if contract else "",
            "asked": asked,
            "words": words.split() if shown is Shown.WAIT else [],
            "why": self.why(asked),
            **offered(user),
        }
        return super().get_context_data(**own | kwargs)

    def shown(self, asked: HelpRequest | None, words: str) -> Shown:
        user = self.request.pending_login.user
        if not (user.contract.owner.is_active if user.contract else queries.helpers_of(user).exists()):
            return Shown.NOBODY
        mine = asked is not None and asked.session_key == row_key(self.request.session.session_key)
        if asked and mine and asked.decided_at:
            return Shown.ENDED
        if asked and mine:
            return Shown.WAIT if words else Shown.ASK
        others = queries.open_of(user)
        return Shown.ELSEWHERE if others and (asked is None or others.pk != asked.pk) else Shown.ASK

    def why(self, asked: HelpRequest | None) -> str:
        if asked and asked.decision == HelpDecision.WRONG_WORDS:
            return _("Three words that don't match yours were entered %(times)d times.") % {
                "times": policy.WRONG_ENTRIES
            }
        if asked and asked.decision == HelpDecision.ACCOUNT_CHANGED:
            return _("Your account has a new security key, so this request has ended.")
        return _("Nobody answered within %(minutes)d minutes.") % {"minutes": policy.LIFETIME // timedelta(minutes=1)}


def secret_of(request: PanelRequest) -> str:
    """This browser's secret for this account. Without a cookie it is derived from the session id, so a double click
    gets the same one."""
    fresh = salted_hmac("twofactor.help", request.session.session_key or "", algorithm="sha256").hexdigest()
    return setup_browser.secret_of(request, request.pending_login.user) or fresh


def ask(request: PanelRequest) -> HelpAsked | AskedElsewhere | NotOpen | Wait:
    """Costs an attempt of the second factor, and never counts as a wrong code."""
    user, origin = request.pending_login.user, Origin.from_request(request)
    known = known_browser.known_browsers_of(request).browser_of(user) or ""
    attempt = budgets.consume(throttles.help_request(user, known or None))
    if isinstance(attempt, Wait):
        note_wait(attempt, user, origin)
        return attempt
    outcome = services.ask(
        user,
        session_key=row_key(request.session.session_key),
        browser=setup_browser.digest(secret_of(request)),
        known_browser=known,
        language=(get_language() or "")[:2],
        origin=origin,
    )
    if not (isinstance(outcome, HelpAsked) and outcome.is_new):
        budgets.refund(attempt)
    if isinstance(outcome, HelpAsked):
        pending_login.ask_for_help(request, browser=outcome.request.browser, until=outcome.request.expires_at)
    return outcome
