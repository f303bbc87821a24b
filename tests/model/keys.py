"""Security keys as somebody has them who is logged in, and answers of keys that are sent again."""

from fido2.utils import websafe_encode

from tests.model.actions import Actions
from tests.model.counter import Counter
from tests.model.expected import Account, Factor, Stage
from tests.model.expected_browsers import Browser
from tests.twofactor.keys.browser import AUTHENTICATE, REGISTER
from tests.twofactor.keys.token import Token
from twofactor.factors.security_keys import MAX_KEYS
from twofactor.keys.models import SecurityKey

SECURITY = "/profile/security"
ACTIVATED = "/two-factor/activated/"
KEPT_OUT = ("/login/", "/password/", "/two-factor/later/")


def number_of(token: Token) -> int:
    return SecurityKey.objects.get(credential_id=websafe_encode(token.credential_id)).pk


class Keys:
    def __init__(self, actions: Actions) -> None:
        self.actions, self.world = actions, actions.world
        self.removed: list[Token] = []

    def one_of(self, account: Account | None, choice: int) -> Token:
        """A key of the account, one that was its own once, or one that nobody has registered."""
        have = account.factor.tokens if account and account.factor else []
        found = [*have, *have, *self.removed[-2:], Token(handle=b"x" * 32)]
        return found[choice % len(found)]

    def add(self, browser: Browser) -> None:
        world = self.world
        world.settle(browser)
        pending_here = browser.stage(world.now) is Stage.SETUP
        account = browser.inside(world.now) or (browser.state.account if pending_here else None)
        may = account and (pending_here or browser.state.fresh(world.now))
        options = world.send(browser, f"{REGISTER}options/", {})
        if not may or (account.factor and len(account.factor.tokens) >= MAX_KEYS):
            assert options.status_code == 400 or options.url.startswith((*KEPT_OUT, "/confirm/"))
            return
        token, before = Token(), world.session_id(browser)
        answer = world.send(browser, f"{REGISTER}verify/", {"credential": token.register(options.json())})
        if answer.status_code == 429:
            return
        assert answer.status_code == 200
        if account.factor:
            account.factor.tokens.append(token)
            for asked in world.requests:
                if asked.account is account and asked.is_open(world.now):
                    asked.answer = "new factor"
        else:
            assert answer.json() == {"next": ACTIVATED}
            world.activated(browser, account, Factor(None, None, set(), tokens=[token]), before)

    def confirm(self, browser: Browser, choice: int, *, spoilt: bool) -> None:
        world = self.world
        world.settle(browser)
        account = browser.inside(world.now)
        if not account:
            return
        token = self.one_of(account, choice)
        response = world.prove(browser, token, {}, spoilt=spoilt)
        have = account.factor.tokens if account.factor else []
        if response.status_code == 200:
            Counter.keys["confirmed"] += 1
            assert token in have
            assert not spoilt
            account.wrong = 0
            browser.state.confirmed = world.now
        elif response.status_code != 429:
            assert spoilt or token not in have
            world.failures += bool(have)

    def send_again(self) -> None:
        """An answer that has been used, or refused, opens nothing, wherever its browser stands now."""
        if not self.world.last_answer:
            return
        browser, body = self.world.last_answer
        self.world.settle(browser)
        lives, before = browser.inside(self.world.now) or browser.stage(self.world.now), self.world.session_id(browser)
        response = self.world.send(browser, f"{AUTHENTICATE}verify/", body)
        assert response.status_code in (302, 400, 429)
        assert self.world.session_id(browser) == before if lives else self.world.session_id(browser) in (before, "")
        self.world.failures += response.status_code == 400

    def remove(self, browser: Browser, choice: int) -> None:
        world = self.world
        world.settle(browser)
        account, before = browser.works_as(world.now), world.session_id(browser)
        have = account.factor.tokens if account and account.factor else []
        if not have:
            return
        token, fresh = have[choice % len(have)], browser.state.fresh(world.now)
        response = world.post(browser, f"{SECURITY}/keys/{number_of(token)}/delete/")
        last = account.factor.key is None and len(have) == 1
        if not fresh:
            assert response.url.startswith("/confirm/")
        elif last and account.must_use(world.now):
            assert response.status_code == 200
        else:
            assert response.status_code == 302
            self.removed.append(token)
            self._went_on(browser, account, before, lost=last, token=token)

    def remove_app(self, browser: Browser) -> None:
        world = self.world
        world.settle(browser)
        account, before = browser.works_as(world.now), world.session_id(browser)
        response = world.post(browser, f"{SECURITY}/app/delete/")
        if not account or not browser.state.fresh(world.now):
            assert response.status_code == 302
            assert response.url != f"{SECURITY}/keys/"
        elif account.factor and account.factor.key and not account.factor.tokens:
            assert response.status_code == 200
        else:
            assert response.status_code == 302
            browser.state.acted(world.now)
            if account.factor and account.factor.key:
                self._went_on(browser, account, before)

    def _went_on(
        self, browser: Browser, account: Account, before: str, *, lost: bool = False, token: Token | None = None
    ) -> None:
        """The browser that took a factor away is the only one that stays; none is known any more."""
        browser.state.acted(self.world.now)
        factor = account.factor
        if lost:
            browser.state.proven = None
            account.lose_factor()
        else:
            account.epoch, account.mark = account.epoch + 1, account.mark + 1
        if token:
            factor.tokens.remove(token)
        else:
            factor.key = factor.last_step = None
        Counter.keys["removed"] += 1
        self.world.moved(browser, before)
        browser.state.epoch = account.epoch
