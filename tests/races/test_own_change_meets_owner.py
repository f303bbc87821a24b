"""Whatever a session changes on its own account while somebody else puts it out: nobody stays in.

`RACE_TRIALS` says how often each pair runs, with one thread and with four: twice in the suite, 100 times in a long run.
"""

import os
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.models import Session, User
from accounts.origin import Origin
from accounts.reset import links
from accounts.sessions import services as sessions
from accounts.users import services as users
from tests.factories import PASSWORD, make_member, make_owner
from tests.people import code_of
from twofactor import crypto, totp
from twofactor.factors import app as factor
from twofactor.factors import pending_key, recovery_codes
from twofactor.login import flow
from twofactor.login.freshness import CONFIRMED_AT
from twofactor.models import Authenticator
from twofactor.requirement import services

TRIALS = int(os.environ.get("RACE_TRIALS", "2"))
ORIGIN = Origin("192.0.2.1")
NEW_PASSWORDS = [f"{PASSWORD}-{number}" for number in range(2)]
KEY, NEW_KEY = b"1" * totp.KEY_BYTES, b"2" * totp.KEY_BYTES
_numbers = count()


class Thief:
    """One session of somebody else's account, freshly proved, which any number of threads use like one browser."""

    def __init__(self, user: User) -> None:
        self.user = user
        store = type(Client().session)()
        store.update(self.content())
        store.save()
        self.cookies = [store.session_key]
        self.over = threading.Event()
        self.failed: list[int] = []

    def content(self) -> dict:
        device = factor.authenticator_of(self.user)
        setup = {
            "sealed": crypto.seal(NEW_KEY, user_id=self.user.pk, purpose=crypto.SETUP),
            "user_id": self.user.pk,
            "stamp": self.user.stamp,
            "ends_at": int(time.time()) + 900,
        }
        content = {
            "_auth_user_id": str(self.user.pk),
            "_auth_user_backend": flow.BACKEND,
            "_auth_user_hash": self.user.get_session_auth_hash(),
            CONFIRMED_AT: int(time.time()),
            pending_key._KEY: setup,
        }
        return content | ({"otp_device_id": device.persistent_id} if device else {})

    def post(self, path: str, form: dict) -> bool:
        """With the newest cookie; whether this browser is still let in."""
        client = Client(raise_request_exception=False)
        client.cookies[settings.SESSION_COOKIE_NAME] = self.cookies[-1]
        response = client.post(path, form)
        if response.status_code >= 400:
            self.failed.append(response.status_code)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        if cookie and cookie not in self.cookies:
            self.cookies.append(cookie)
        return not (response.status_code == 302 and response.url.startswith("/login/"))

    def is_in(self) -> bool:
        """With any cookie that any thread was ever given."""
        return any(_is_in(cookie) for cookie in self.cookies)


def _is_in(cookie: str) -> bool:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    return client.get("/profile/").status_code == 200


def own_password(thief: Thief, turn: int) -> tuple[str, dict]:
    passwords = [PASSWORD, *NEW_PASSWORDS]
    new = passwords[1 + turn % 2]
    current = PASSWORD if turn == 0 else passwords[1 + (turn - 1) % 2]
    return "/profile/password/", {"current_password": current, "new_password1": new, "new_password2": new}


def confirm_email(thief: Thief, turn: int) -> tuple[str, dict]:
    return thief.email_path, {}


OWN: dict[str, Callable[[Thief, int], tuple[str, dict]]] = {
    "new recovery codes": lambda thief, turn: ("/two-factor/recovery-codes/", {}),
    "disable": lambda thief, turn: ("/two-factor/disable/", {}),
    "own password": own_password,
    "new phone": lambda thief, turn: ("/two-factor/setup/", {"code": code_of(NEW_KEY, turn % 2)}),
    "activation": lambda thief, turn: ("/two-factor/setup/", {"code": code_of(NEW_KEY, turn % 2)}),
    "email confirmed": confirm_email,
}


def _released(owner: User, user: User) -> object:
    return services.set_required(actor=owner, target=user, required=False, origin=ORIGIN)


def _new_password(owner: User, user: User) -> object:
    return users.set_password(
        actor=owner, target=user, password=PASSWORD + "-new", must_change_password=False, origin=ORIGIN
    )


ACTS: dict[str, Callable[[User, User], object]] = {
    "reset": lambda owner, user: services.reset(actor=owner, target=user, origin=ORIGIN),
    "no": _released,
    "new password": _new_password,
    "end all sessions": lambda owner, user: sessions.end_by(owner, user, origin=ORIGIN),
    "deactivate": lambda owner, user: users.set_state(actor=owner, target=user, active=False, origin=ORIGIN),
    "delete": lambda owner, user: users.delete_user(actor=owner, target=user, origin=ORIGIN),
}


def victim(owner: User, change: str) -> User:
    """Of whom nothing is required; the factor is active, but for the activation."""
    user = make_member(owner.contracts.get(), f"user{next(_numbers)}", two_factor_required=False)
    User.objects.filter(pk=user.pk).update(email="now@example.com", pending_email="new@example.com")
    if change != "activation":
        sealed = crypto.seal(KEY, user_id=user.pk, purpose=crypto.AUTHENTICATOR)
        Authenticator.objects.create(user=user, name="app", secret=sealed, last_step=0)
        User.objects.filter(pk=user.pk).update(two_factor_active_since=timezone.now())
        recovery_codes.make_first_codes(user)
    return User.objects.select_related("contract", "role", "authenticator").get(pk=user.pk)


def race(thief: Thief, change: str, act: Callable[[User], object], threads: int) -> object:
    """The threads post until they are put out; the act comes at some moment in between. Its answer."""
    gate = threading.Barrier(threads + 1)

    def post() -> None:
        try:
            gate.wait(timeout=30)
            for turn in range(50):
                done = thief.over.is_set()
                if not thief.post(*OWN[change](thief, turn)) or done:
                    return
        finally:
            connections.close_all()

    def put_out() -> object:
        try:
            gate.wait(timeout=30)
            time.sleep(random.uniform(0, 0.02))
            seen = User.objects.select_related("contract", "role", "authenticator").get(pk=thief.user.pk)
            return act(seen)
        finally:
            thief.over.set()
            connections.close_all()

    with ThreadPoolExecutor(threads + 1) as pool:
        running = [pool.submit(post) for _ in range(threads)]
        answer = pool.submit(put_out).result()
        for one in running:
            one.result()
    return answer


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("change", OWN)
def test_s02_nobody_stays_in_once_the_owner_has_put_the_account_out(change, act, threads):
    owner = make_owner()
    for _ in range(TRIALS):
        user = victim(owner, change)
        thief = Thief(user)
        assert thief.is_in()
        thief.email_path = links.email_link(user).removeprefix(settings.PUBLIC_URL)
        answer = race(thief, change, lambda seen: ACTS[act](owner, seen), threads)

        assert not [status for status in thief.failed if status not in (403, 404, 429)], thief.failed
        if answer:
            assert not thief.is_in()
            assert not Session.objects.filter(user=user, signed_in=True).exists()
