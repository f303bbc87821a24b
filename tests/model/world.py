"""People at their browsers, and what the model learns from an answer."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count

import time_machine
from django.test import Client, override_settings

from accounts.permissions import DISPLAY_PERMISSIONS
from tests.factories import PASSWORD, make_admin, make_member, make_owner, make_role
from tests.model.counter import Counter
from tests.model.expected import Account, Stage
from tests.model.expected_browsers import Asked, Browser, Inside, Pending
from tests.model.expected_openid import Granted
from tests.twofactor.keys.token import ORIGIN

START = "2026-11-25 09:00:10 +0000"
BROWSERS = {"office": "owner", "desk": "lena", "phone": "lena", "home": "nina", "server": "root", "elsewhere": "lena"}
WRONG = "not-the-password-of-anybody"
LONGEST_WAIT = 900
RESERVED = "/login/?ended=reserved"


class World:
    def __init__(self) -> None:
        self.clock = time_machine.travel(START, tick=False)
        self.shift = self.clock.start().shift
        self.address = override_settings(PUBLIC_URL=ORIGIN)
        self.address.enable()
        owner = make_owner(email="owner@example.com")
        contract = owner.contracts.get()
        self.reading = make_role(contract, *DISPLAY_PERMISSIONS)
        lena = make_member(contract, "lena", email="lena@example.com")
        nina = make_member(contract, "nina", role=self.reading, email="nina@example.com", two_factor_required=False)
        other = make_owner("stranger", contract="Beta Hosting", email="stranger@example.com")
        root = make_admin()
        self.administrator = contract.roles.get(built_in=True)
        self.accounts = {
            "owner": Account("owner", owner.pk, PASSWORD, required=False, owner=True),
            "lena": Account("lena", lena.pk, PASSWORD, required=True, member=True, administrator=True),
            "nina": Account("nina", nina.pk, PASSWORD, required=False, member=True),
            "stranger": Account("stranger", other.pk, PASSWORD, required=False, owner=True),
            "root": Account("root", root.pk, PASSWORD, required=True, admin=True),
        }
        self.browsers = {
            name: Browser(name, person, f"127.0.0.{place}", Client(REMOTE_ADDR=f"127.0.0.{place}"))
            for place, (name, person) in enumerate(BROWSERS.items(), 1)
        }
        self.old_cookies: list[str] = []
        self.last_answer: tuple[Browser, dict] | None = None
        """What a key has said last, and where."""
        self.requests: list[Asked] = []
        self.granted: list[Granted] = []
        self.failures = 0
        self.numbers = count(1)
        self.token: dict[str, str] = {}

    def end(self) -> None:
        self.address.disable()
        self.clock.stop()

    @property
    def now(self) -> int:
        return int(time.time())

    def person(self, browser: Browser, who: str | None) -> Account:
        return self.accounts[who or browser.person]

    def get(self, browser: Browser, path: str):
        self.settle(browser)
        return self._answered(browser, browser.client.get(path))

    def post(self, browser: Browser, path: str, data: dict | None = None):
        self.settle(browser)
        return self._answered(browser, browser.client.post(path, (data or {}) | self.token))

    @contextmanager
    def tokens_checked(self, browser: Browser, token: str) -> Iterator[None]:
        """What this browser posts meanwhile carries `token`, and nothing is taken without a right one."""
        self.token, browser.client.handler.enforce_csrf_checks = {"csrfmiddlewaretoken": token}, True
        try:
            yield
        finally:
            self.token, browser.client.handler.enforce_csrf_checks = {}, False

    def send(self, browser: Browser, path: str, body: dict):
        """As keys.js does."""
        self.settle(browser)
        return self._answered(browser, browser.client.post(path, body, content_type="application/json"))

    def _answered(self, browser: Browser, response):
        """Never a fault; a wait is stated, never too long, and never without failures before it."""
        assert response.status_code < 500
        if response.status_code == 429:
            assert self.failures >= 5
            assert 1 <= int(response["Retry-After"]) <= LONGEST_WAIT
        state = browser.state
        if state and (state.alive(self.now) if isinstance(state, Inside) else state.stage(self.now)):
            state.used = self.now
        return response

    def settle(self, browser: Browser) -> None:
        """In the minute in which only the database knows whether a session or a login still lives, asks it."""
        if browser.is_unsure(self.now):
            response = browser.client.get("/profile/")
            browser.state.over = response.get("Location", "").partition("?")[0] == "/login/"
            browser.state.used = self.now

    # What the model learns from an answer.

    def session_id(self, browser: Browser) -> str:
        cookie = browser.client.cookies.get("sessionid")
        return cookie.value if cookie else ""

    def moved(self, browser: Browser, before: str, *, out: bool = False) -> None:
        """The session has another id now, or none where the way is `out`; the old one opens nothing."""
        assert out or self.session_id(browser) != before
        if before:
            self.old_cookies.append(before)

    def go_on(self, browser: Browser, login: Pending, url: str) -> None:
        """After a step that was right: pending at the next step, or inside; out where the account waits for another."""
        account, now = login.account, self.now
        helped = login.asked and login.asked.secret is account.reserved
        if account.reserved and not helped and browser.secret_of(account, now) is not account.reserved:
            assert url == RESERVED
            Counter.help["kept out"] += 1
            browser.state = browser.key = None
            return
        stages = account.stages(login.proven, now, offer=login.offer)
        if not stages:
            assert not url.startswith(("/login/", "/password/", "/two-factor/later/")), url
            self.inside(browser, login)
            return
        assert url == stages[0].value
        offer = True if stages[0] is Stage.OFFER else login.offer
        browser.state = replace(login, epoch=account.epoch, used=now, offer=offer)
        browser.key = None

    def inside(self, browser: Browser, login: Pending) -> None:
        account, now = login.account, self.now
        assert account.active
        assert not account.revoked or not login.by_password
        assert account.factor is login.proven
        assert not account.must_set_up(now)
        browser.state = Inside(account, account.epoch, login.at, now, now, login.proven)
        browser.key = None
        browser.known_browsers[account.username] = account.mark
        account.last_login = now

    def revoke_tokens(self, account: Account, but: Browser | None) -> None:
        """All sessions were ended on purpose, except the one in this browser."""
        for granted in self.granted:
            granted.revoked |= granted.inside.account is account and not (but and but.state is granted.inside)

    def wrong_code(self, account: Account) -> bool:
        """Whether it was the tenth in a row."""
        self.failures += 1
        account.wrong += 1
        account.revoked |= account.wrong >= 100
        return account.wrong % 10 == 0
