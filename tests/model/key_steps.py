"""The steps of a login that a security key takes: as the second factor, and without a password."""

from dataclasses import replace
from http import HTTPStatus

from tests.model.counter import Counter
from tests.model.expected import Account, Stage
from tests.model.expected_browsers import Browser, Pending
from tests.model.world import World
from tests.twofactor.keys.browser import AUTHENTICATE
from tests.twofactor.keys.token import Token

TOO_MANY = HTTPStatus.TOO_MANY_REQUESTS


class KeySteps(World):
    def prove(self, browser: Browser, token: Token, body: dict, *, spoilt: bool = False):
        """Both calls of a ceremony: the answer of the second, or of the first if that was refused."""
        options = self.send(browser, f"{AUTHENTICATE}options/", body)
        if options.status_code != 200:
            return options
        credential = token.use(options.json(), **({"signature": b"spoilt"} if spoilt else {}))
        body = body | {"credential": credential}
        response = self.send(browser, f"{AUTHENTICATE}verify/", body)
        self.last_answer = (browser, body) if response.status_code != TOO_MANY else None  # else nobody looked at it
        return response

    def key_step(self, browser: Browser, token: Token, *, spoilt: bool = False):
        """Where the pending login asks for a code."""
        self.settle(browser)
        before, waiting = self.session_id(browser), browser.state
        assert browser.stage(self.now) is Stage.CODE
        account, factor = waiting.account, waiting.account.factor
        response = self.prove(browser, token, {}, spoilt=spoilt)
        if response.status_code == 200:
            assert token in factor.tokens
            assert not spoilt
            Counter.keys["second factor"] += 1
            account.wrong = 0
            self.moved(browser, before)
            self.go_on(browser, replace(waiting, proven=factor), response.json()["next"])
        elif response.status_code != 429:
            assert response.status_code == 400
            assert spoilt or token not in factor.tokens
            self.failures += bool(factor.tokens)
        return response

    def passkey_step(self, browser: Browser, account: Account, token: Token, *, spoilt: bool = False):
        """Without a password: nothing but the state of the account keeps somebody with a key of its own out."""
        self.settle(browser)
        before, stage = self.session_id(browser), browser.stage(self.now)
        assert not browser.inside(self.now)
        response = self.prove(browser, token, {"purpose": "login"}, spoilt=spoilt)
        if stage not in (None, Stage.CODE):
            assert (response.status_code, response.url) == (302, stage.value)
            return response
        known = account.active and account.factor and token in account.factor.tokens
        if response.status_code == 200:
            Counter.keys["alone"] += 1
            assert known
            assert not spoilt
            self.moved(browser, before)
            login = Pending(account, account.epoch, self.now, self.now, account.factor, by_password=False)
            self.go_on(browser, login, response.json()["next"])
        elif response.status_code != 429:
            assert response.status_code == 400
            assert spoilt or not known
            self.failures += 1
        return response
