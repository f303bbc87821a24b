"""The ceremonies, in JSON: `keys.js` requests options, lets the browser prompt, and posts the key's answer.

Bodies and responses have the shapes of WebAuthn level 3 (`parse…OptionsFromJSON`, `toJSON`). A refusal is status 400
with `{"error": sentence}`, a success `{"next": path}`.
"""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, RawPostDataException
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.views import View

from accounts.gate.access import Access, Audience, Stage
from accounts.gate.redirects import after_login, safe_next
from accounts.gate.request import PanelRequest
from accounts.models import User
from accounts.origin import Origin
from accounts.throttling.budgets import Wait
from twofactor.factors import security_keys
from twofactor.factors.security_keys import MAX_KEYS, KeyAnswer
from twofactor.keys import bodies, challenges, demand, login, options, queries, services
from twofactor.keys.challenges import ChallengePurpose
from twofactor.keys.credentials import NewKey
from twofactor.keys.forms import KeyNameForm
from twofactor.keys.relying_party import relying_party
from twofactor.login import arrival, flow, freshness, known_browser, pending_login, proof, sentences
from twofactor.login.return_to import to_confirm
from twofactor.outcomes import Elsewhere, Late, Onward, ProvenByKey, Wrong
from twofactor.setup.new_codes import Why
from twofactor.setup.services import go_on


def body_of(request: HttpRequest) -> bytes:
    """Empty for a form with a file: the check of its token has read it, so nothing is left."""
    try:
        return request.body
    except RawPostDataException:
        return b""


class CeremonyView(View):
    """One POST of a ceremony; `answer` gets the body."""

    request: PanelRequest
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        if not relying_party().usable:
            return bodies.error(bodies.unusable())
        get_token(request)  # a browser without session is known by this cookie
        try:
            return self.answer(bodies.read(body_of(request)))
        except bodies.BadBody:
            return bodies.error(bodies.malformed())

    def answer(self, body: dict[str, Any]) -> HttpResponse:
        raise NotImplementedError

    @property
    def browser(self) -> str:
        return bodies.browser_of(self.request.session, self.request.META.get("CSRF_COOKIE"))

    def challenge(self, purpose: ChallengePurpose, user: User | None) -> bytes:
        user_id, origin = user.pk if user else None, Origin.from_request(self.request)
        return challenges.make(purpose, browser=self.browser, user_id=user_id, origin=origin)

    def credential(self, body: dict[str, Any]) -> Mapping[str, Any]:
        found = body.get("credential")
        if not isinstance(found, dict):
            raise bodies.BadBody
        return found

    def text(self, body: dict[str, Any], name: str) -> str:
        found = body.get(name, "")
        if not isinstance(found, str):
            raise bodies.BadBody
        return found

    def led_to(self, address: str) -> HttpResponse:
        response = JsonResponse({"next": address})
        if isinstance(self.request.user, User):
            arrival.remember(self.request, response, self.request.user)
        return response


class RegisterView(CeremonyView):
    """For the setup of a first factor, and for additional keys. Somebody who is logged in must have confirmed
    recently."""

    access = Access(Audience.STEP, stage=Stage.SETUP)

    @staticmethod
    def sent_by(request: PanelRequest) -> tuple[str, MultiValueDict[str, str]]:
        """The page with the form and the name typed there, which are saved if a confirmation comes in between."""
        return bodies.form_in(body_of(request))

    @property
    def person(self) -> User:
        return self.request.pending_login.user if self.request.pending_login else self.request.user

    def answer(self, body: dict[str, Any]) -> HttpResponse:
        if not self.request.pending_login and not freshness.confirmed_recently(self.request):
            return to_confirm(self.request)
        return self.register(body)

    def register(self, body: dict[str, Any]) -> HttpResponse:
        raise NotImplementedError


class RegisterOptions(RegisterView):
    def register(self, body: dict[str, Any]) -> HttpResponse:
        user = self.person
        if user.key_count >= MAX_KEYS:
            return bodies.error(too_many())
        challenge = self.challenge(ChallengePurpose.REGISTER, user)
        return JsonResponse(
            options.creation_options(
                relying_party(),
                challenge,
                subject=user.subject,
                username=user.username,
                name=user.name or user.username,
                known=security_keys.descriptors(security_keys.usable(user)),
            )
        )


class RegisterVerify(RegisterView):
    def register(self, body: dict[str, Any]) -> HttpResponse:
        answer = KeyAnswer(self.credential(body), self.browser, ChallengePurpose.REGISTER)
        form = KeyNameForm({"name": self.text(body, "name") or self.unused_name()})
        if not form.is_valid():
            return bodies.error(" ".join(map(str, form.errors["name"])))
        new = services.check_new_key(self.person, answer, origin=Origin.from_request(self.request))
        if isinstance(new, Wait):
            return bodies.wait(new)
        if not isinstance(new, NewKey):
            return bodies.error(bodies.late()) if isinstance(new, Late) else bodies.wrong(new.wait)
        try:
            return self.store(new, form.cleaned_data["name"])
        except services.TakenKey:
            return bodies.error(_("This key is already registered."))
        except services.TooManyKeys:
            return bodies.error(too_many())

    def unused_name(self) -> str:
        return queries.unused_name(security_keys.keys_of(self.person).values_list("name", flat=True))

    def store(self, new: NewKey, name: str) -> HttpResponse:
        user, methods = self.person, proof.joined(*proof.of_new_key(new))
        waiting, origin = self.request.pending_login, Origin.from_request(self.request)
        if user.two_factor_active:
            services.add(user, new, name, origin=origin, session=self.request.session)
            proof.add(self.request.session, methods)
            if key_demand := demand.pending(self.request.session):
                return JsonResponse({"next": key_demand.address})
            messages.success(self.request, _("The security key “%(name)s” was added.") % {"name": name})
            return JsonResponse({"next": reverse("security_keys")})
        with transaction.atomic():
            begun = waiting.login.begun if waiting else None
            known, but = known_browser.only_this(self.request, user), self.request.session.session_key
            done = services.activate(user, new, name, origin=origin, begun=begun, known_browsers=known, but=but)
            if isinstance(done, Elsewhere):
                return JsonResponse({"next": flow.ended(pending_login.Reason.ELSEWHERE)})
            device_id = f"{security_keys.NAME}/{user.pk}"
            go_on(self.request, user, done, device_id=device_id, by=methods, why=Why.BY_CHOICE)
        self.request.user = user
        return self.led_to(reverse("two_factor_activated"))


def too_many() -> str:
    return _("An account has at most %(n)d keys. Remove one first.") % {"n": MAX_KEYS}


class AuthenticateView(CeremonyView):
    """Before a login, at its second step, and at a confirmation, depending on the state of the browser and never on
    what it sends."""

    access = Access(Audience.STEP, stage=Stage.KEY)

    def purpose(self, body: dict[str, Any]) -> ChallengePurpose:
        """At `/login/`, a person with a pending login may start again: `"purpose": "login"`."""
        if isinstance(self.request.user, User):
            return ChallengePurpose.CONFIRM
        anew = body.get("purpose") == ChallengePurpose.LOGIN
        return ChallengePurpose.FACTOR if self.request.pending_login and not anew else ChallengePurpose.LOGIN


class AuthenticateOptions(AuthenticateView):
    def answer(self, body: dict[str, Any]) -> HttpResponse:
        purpose = self.purpose(body)
        if purpose is ChallengePurpose.LOGIN:
            challenge = self.challenge(purpose, None)
            return JsonResponse(options.request_options(relying_party(), challenge, known=None, passwordless=True))
        user = self.request.user if purpose is ChallengePurpose.CONFIRM else self.request.pending_login.user
        known = security_keys.descriptors(security_keys.usable(user))
        if not known:
            return bodies.error(
                _("Your account has no security key that works here. Use a recovery code, or ask the account owner.")
            )
        challenge = self.challenge(purpose, user)
        return JsonResponse(options.request_options(relying_party(), challenge, known=known, passwordless=False))


class AuthenticateVerify(AuthenticateView):
    def answer(self, body: dict[str, Any]) -> HttpResponse:
        credential = self.credential(body)
        match self.purpose(body):
            case ChallengePurpose.LOGIN:
                return self.log_in(credential, after_login(self.text(body, "next")))
            case ChallengePurpose.FACTOR:
                return self.respond(login.factor_step(self.request, credential, self.browser))
        return self.confirm(credential, self.text(body, "password"), safe_next(self.text(body, "next")))

    def log_in(self, credential: Mapping[str, Any], next_address: str) -> HttpResponse:
        outcome = login.passkey_step(self.request, credential, self.browser, next_address=next_address)
        if not isinstance(outcome, Wrong):
            return self.respond(outcome)
        forgotten = login.forgotten(credential)
        signal = {"signal": {"rpId": relying_party().id, "credentialId": forgotten}} if forgotten else {}
        return bodies.error(bodies.unknown(), wait=outcome.wait, **signal)

    def confirm(self, credential: Mapping[str, Any], password: str, next_address: str) -> HttpResponse:
        outcome = login.confirm_step(self.request, credential, self.browser, password)
        if isinstance(outcome, ProvenByKey):
            freshness.confirm_now(self.request)
            proof.add(self.request.session, proof.by_key(outcome))
            return JsonResponse({"next": next_address})
        if isinstance(outcome, Wrong) and outcome.password:
            user, missing = self.request.user, _("Enter your password, then use the key.")
            sentence = sentences.confirm_password(user) if password or user.password_revoked_at else missing
            return bodies.error(sentence, wait=outcome.wait)
        return self.respond(outcome)

    def respond(self, outcome: Any) -> HttpResponse:
        match outcome:
            case Onward(address):
                return self.led_to(address)
            case Wait():
                return bodies.wait(outcome)
            case Late():
                return bodies.error(bodies.late())
        return bodies.wrong(outcome.wait if isinstance(outcome, Wrong) else None)
