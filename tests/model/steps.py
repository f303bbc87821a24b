"""The steps of a login at the real pages, each followed by what the model says of it."""

import re
from base64 import b32decode
from dataclasses import replace

from tests.model.counter import Counter
from tests.model.expected import STEP, Account, Factor, Stage
from tests.model.expected_browsers import SETUP_SECONDS, Browser, Inside, Pending, SetupKey
from tests.model.key_steps import KeySteps
from tests.model.world import RESERVED, WRONG
from tests.people import CODE, KEY, words
from twofactor import totp


class Steps(KeySteps):
    """The world with people who act in it."""

    def password_step(self, browser: Browser, account: Account, *, right: bool):
        self.settle(browser)
        open_for, before = browser.inside(self.now), self.session_id(browser)
        form = {"username": account.username, "password": account.password if right else WRONG}
        response = self.post(browser, "/login/", form)
        if open_for:
            assert response.status_code == 302
        elif response.status_code == 302:
            assert right
            assert account.active
            assert not account.revoked
            self.moved(browser, before, out=response.url == RESERVED)
            self.go_on(browser, Pending(account, account.epoch, self.now, self.now), response.url)
        elif response.status_code == 200:
            assert not right or not account.active or account.revoked
            self.failures += 1
        return response

    def code_step(self, browser: Browser, code: str):
        """Posts six digits (or anything else); what they are worth is the model's own arithmetic."""
        self.settle(browser)
        before, waiting = self.session_id(browser), browser.state
        stage = browser.stage(self.now)
        response = self.post(browser, "/login/code/", {"code": code})
        if stage is not Stage.CODE:
            assert response.status_code == 302
            return response
        account, factor = waiting.account, waiting.account.factor
        step = self.step_of(factor, code)
        if response.status_code == 302 and "ended=" not in response.url:
            assert step is not None
            assert factor.takes(step, self.now), "a code was accepted twice, late or too early"
            factor.last_step, account.wrong = step, 0
            self.moved(browser, before)
            self.go_on(browser, replace(waiting, proven=factor), response.url)
        elif response.status_code != 429:
            assert step is None or not factor.takes(step, self.now)
            self._refused(browser, account, response, replay=factor.is_last(step), empty=not code)
        return response

    def _refused(self, browser: Browser, account: Account, response, *, replay: bool = False, empty: bool = False):
        tenth = not replay and not empty and self.wrong_code(account)
        assert (response.status_code == 302) == tenth
        if tenth:
            browser.state = None

    def recovery_step(self, browser: Browser, code: str, *, disable: bool):
        self.settle(browser)
        before, waiting = self.session_id(browser), browser.state
        stage = browser.stage(self.now)
        form = {"recovery_code": code, "action": "disable" if disable else "sign_in"}
        response = self.post(browser, "/login/recovery/", form)
        if stage is not Stage.CODE:
            assert response.status_code == 302
            return response
        account, factor = waiting.account, waiting.account.factor
        if response.status_code == 302 and "ended=" not in response.url:
            self.spend(factor, code)
            account.wrong = 0
            if disable:
                account.lose_factor()
            self.moved(browser, before)
            self.go_on(browser, replace(waiting, proven=account.factor), response.url)
        elif response.status_code != 429:
            assert code not in factor.codes
            self._refused(browser, account, response)
        return response

    def spend(self, factor: Factor, code: str) -> None:
        assert code in factor.codes, "a recovery code was accepted twice, or was never one"
        factor.codes.remove(code)
        factor.spent.add(code)

    def new_password_step(self, browser: Browser, password: str):
        before, waiting = self.session_id(browser), browser.state
        due = browser.stage(self.now) is Stage.NEW_PASSWORD
        form = {"new_password1": password, "new_password2": password}
        response = self.post(browser, "/password/new/", form)
        assert response.status_code == 302
        if due:
            account = waiting.account
            account.new_password(password)
            self.moved(browser, before)
            self.go_on(browser, waiting, response.url)
        return response

    def later(self, browser: Browser, *, set_up: bool = False):
        """Before the moment: the panel either way, by way of the setup where it is wanted."""
        self.settle(browser)
        before, waiting = self.session_id(browser), browser.state
        stage, account = browser.stage(self.now), browser.inside(self.now)
        response = self.post(browser, "/two-factor/later/", {"action": "set_up"} if set_up else {})
        assert response.status_code == 302
        if stage is Stage.OFFER:
            Counter.plans["offered"] += 1
            assert (response.url == "/two-factor/setup/") == set_up
            self.moved(browser, before)
            self.go_on(browser, replace(waiting, offer=False), response.url)
        elif not account:
            assert response.url.partition("?")[0] == (stage.value if stage else "/login/")
        return response

    def open_setup(self, browser: Browser):
        self.settle(browser)
        now, pending_here = self.now, browser.stage(self.now) is Stage.SETUP
        response = self.get(browser, "/two-factor/setup/")
        assert not pending_here or response.status_code == 200
        if response.status_code != 200:
            return response
        account = browser.inside(now) or browser.state.account
        assert pending_here or browser.inside(now)
        key = b32decode(KEY.search(response.content.decode())[1])
        living = browser.living_key(account, now)
        assert living is None or living.key == key, "the key changed under the user's hands"
        if living is None:
            ends = browser.state.ends(Stage.SETUP, now) if pending_here else now + SETUP_SECONDS
            browser.key = SetupKey(account, account.epoch, key, ends)
        if account.reserved and (secret := browser.secret_of(account, now)):
            browser.keep_secret(account, secret, now)
        return response

    def activate(self, browser: Browser, shift: int):
        """Posts the code of the key that this browser shows, `shift` steps away.

        A login that waits for its setup has a key from its beginning; until the page is opened nobody has seen it. One
        that came to its setup by a plan or by help has none yet.
        """
        self.settle(browser)
        before, now, key = self.session_id(browser), self.now, browser.key
        pending_here = browser.stage(now) is Stage.SETUP
        account = browser.inside(now) or (browser.state.account if pending_here else None)
        living = browser.living_key(account, now) if account else None
        code = totp.code_at(key.key, now // STEP + shift) if key else "000000"
        response = self.post(browser, "/two-factor/setup/", {"code": code})
        if pending_here and not living:
            assert response.status_code in (200, 429) or response.url == "/two-factor/setup/"
            self.failures += response.status_code == 200
            return response
        if response.status_code == 429 or not living:
            assert response.status_code in (302, 429)
            assert response.get("Location") != "/two-factor/activated/" or (account and account.factor)
            return response
        factor = Factor(key.key, None, set(), tokens=account.factor.tokens if account.factor else [])
        factor.last_step = self.step_of(factor, code)
        known = factor.last_step is not None
        assert (response.status_code == 302) == known, words(response)
        self.failures += not known
        if known:
            self.activated(browser, account, factor, before)
        return response

    def activated(self, browser: Browser, account: Account, factor: Factor, before: str) -> None:
        self.moved(browser, before)
        state = browser.state
        Counter.help["set up"] += account.reserved is not None
        account.factor, account.reserved = factor, None
        account.epoch, account.mark = account.epoch + 1, account.mark + 1
        if isinstance(state, Inside):
            state.epoch, state.proven, browser.key = account.epoch, factor, None
            state.acted(self.now)
            browser.known_browsers[account.username] = account.mark
        else:
            self.inside(browser, replace(state, proven=factor))
        self.read_codes(browser, factor)

    def read_codes(self, browser: Browser, factor: Factor) -> None:
        found = CODE.findall(words(self.get(browser, "/two-factor/activated/")))
        assert len(set(found)) == 10
        factor.spent |= factor.codes
        factor.codes = set(found)

    # Whole logins.

    def step_of(self, factor: Factor, code: str) -> int | None:
        """Which of the steps around now has these digits: the latest, as nobody could tell otherwise."""
        bare = re.sub(r"[\s-]", "", code)
        around = range(self.now // STEP + 1, self.now // STEP - 2, -1)
        return next((step for step in around if factor.code_at(step) == bare), None)

    def next_code(self, factor: Factor) -> str:
        """The earliest code that may still be used, after the clock has moved until there is one."""
        while factor.last_step > self.now // STEP:
            self.shift(STEP)
        return factor.code_at(max(factor.last_step + 1, self.now // STEP - 1))

    def log_in(self, browser: Browser, account: Account) -> int:
        """As somebody does who has everything; answers the seconds of the wait that stops it, or 0."""
        response = self.password_step(browser, account, right=True)
        while response.status_code == 302 and isinstance(browser.state, Pending):
            match browser.stage(self.now):
                case Stage.CODE if account.factor.key is None:
                    response = self.key_step(browser, account.factor.tokens[0])
                case Stage.CODE:
                    response = self.code_step(browser, self.next_code(account.factor))
                case Stage.NEW_PASSWORD:
                    response = self.new_password_step(browser, self.fresh_password())
                case Stage.OFFER:
                    response = self.later(browser)
                case Stage.SETUP:
                    self.open_setup(browser)
                    response = self.activate(browser, -1)
                case None:
                    break
        return int(response["Retry-After"]) if response.status_code == 429 else 0

    def fresh_password(self) -> str:
        return f"seven-oranges-and-{next(self.numbers)}-bicycles"
