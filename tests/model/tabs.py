"""Pages of an earlier moment: a tab keeps a form and posts it when the account has changed around it."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from accounts.models import User
from accounts.origin import Origin
from accounts.sessions import services as sessions
from accounts.users import services as users
from tests.meanwhile import meanwhile
from tests.model.actions import Actions
from tests.model.expected import STEP, Account
from tests.model.expected_browsers import Browser, SetupKey
from twofactor import totp
from twofactor.requirement import services

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
ORIGIN = Origin("192.0.2.1")
SETUP, ACTIVATED = "/two-factor/setup/", "/two-factor/activated/"
CODES, DISABLE = "/two-factor/recovery-codes/", "/two-factor/disable/"
FORMS = [SETUP, SETUP, CODES, DISABLE]
ACTS = ["reset", "no", "new password", "end all sessions"]


@dataclass(frozen=True)
class Page:
    """A form as one tab shows it: its token, the secret of the browser that it was made under, the key on it."""

    browser: Browser
    path: str
    token: str
    secret: str
    key: SetupKey | None


class Tabs:
    def __init__(self, actions: Actions) -> None:
        self.actions, self.world = actions, actions.world
        self.pages: list[Page] = []

    def keep(self, browser: Browser, path: str) -> Page | None:
        """Opens the page in another tab; None where this browser is led elsewhere."""
        self.world.settle(browser)
        response = self.world.open_setup(browser) if path == SETUP else self.world.get(browser, path)
        if response.status_code != 200:
            return None
        token = TOKEN.search(response.content.decode())[1]
        self.pages.append(Page(browser, path, token, secret_of(browser), browser.key if path == SETUP else None))
        return self.pages[-1]

    def post(self, page: Page) -> None:
        """With the tokens checked, as browsers have them."""
        self.world.settle(page.browser)
        with self.world.tokens_checked(page.browser, page.token):
            if page.path == SETUP:
                self._post_setup(page)
            elif page.secret != secret_of(page.browser):
                assert self.world.post(page.browser, page.path).status_code in (302, 403)
            elif page.path == CODES:
                self.actions.new_codes(page.browser)
            else:
                self.actions.disable(page.browser)

    def _post_setup(self, page: Page) -> None:
        """A key that this browser no longer shows, or a token of before the login, activates nothing."""
        world, browser = self.world, page.browser
        if page.key is browser.key and page.secret == secret_of(browser):
            world.activate(browser, 0)
            return
        code = totp.code_at(page.key.key, world.now // STEP)
        response = world.post(browser, SETUP, {"code": code})
        assert response.status_code in (200, 302, 429), "an old setup form leads nowhere"
        world.failures += response.status_code == 200

    def post_twice(self, browser: Browser) -> None:
        """A second tab posts the setup form that the first one has just used: it leads where the first one led."""
        page = self.keep(browser, SETUP)
        if page is None:
            return
        self.post(page)
        if browser.client.get(ACTIVATED).status_code == 200:
            with self.world.tokens_checked(browser, page.token):
                response = self.world.post(browser, SETUP, {"code": totp.code_at(page.key.key, self.world.now // STEP)})
            assert (response.status_code, response.get("Location")) == (302, ACTIVATED)

    # The owner's act.

    def log_in_freshly(self, browser: Browser, path: str) -> Account | None:
        """Somebody who may open the page of `path` now, with a factor where that is about one; None if kept out."""
        world = self.world
        world.settle(browser)
        if not browser.works_as(world.now) or not browser.state.fresh(world.now):
            self.actions.log_out(browser)
            world.log_in(browser, world.person(browser, None))
        account = browser.works_as(world.now)
        if account and not account.factor and path != SETUP:
            world.open_setup(browser)
            world.activate(browser, 0)
        return account

    def meets_owner(self, browser: Browser, path: str, act: str) -> None:
        """Between the page and its POST."""
        account, page = self.log_in_freshly(browser, path), self.keep(browser, path)
        if page and account and account.member:
            self.act(account, act)()
            assert not browser.inside(self.world.now)
            self.post(page)

    def meets_owner_midway(self, browser: Browser, path: str, act: str) -> None:
        """After the gate has let the POST in, before it has written anything: the session is over, and stays so."""
        world = self.world
        account, page = self.log_in_freshly(browser, path), self.keep(browser, path)
        if not page or not account or not account.member:
            return
        form = {"code": totp.code_at(page.key.key, world.now // STEP)} if page.key else {}
        noted: list[Callable[[], None]] = []
        with meanwhile(lambda: noted.append(self.act(account, act)), before="SAVEPOINT"):
            response = world.post(browser, path, form)
        noted[0]()
        world.failures += 1  # an attempt at the setup may have been counted
        assert response.status_code in (302, 429)
        assert response.status_code == 429 or response.url.startswith("/login/?ended="), response.url
        assert not browser.inside(world.now)

    def act(self, account: Account, act: str) -> Callable[[], None]:
        """Does it to the rows; what it answers does it to the model."""
        people = User.objects.select_related("contract", "role", "authenticator")
        owner, target = people.get(username="owner"), people.get(pk=account.pk)
        match act:
            case "reset":
                assert services.reset(actor=owner, target=target, origin=ORIGIN)
                return account.lose_factor
            case "no" if not account.planned(self.world.now) and (account.must_use(self.world.now) or account.factor):
                assert services.set_required(actor=owner, target=target, required=False, origin=ORIGIN)
                return lambda: account.release(self.world.now)
            case "new password":
                new = self.world.fresh_password()
                users.set_password(actor=owner, target=target, password=new, must_change_password=False, origin=ORIGIN)
                return lambda: account.password_by_other(new)
        assert sessions.end_by(owner, target, origin=ORIGIN)
        return lambda: self.actions.end_all(account)


def secret_of(browser: Browser) -> str:
    cookie = browser.client.cookies.get(settings.CSRF_COOKIE_NAME)
    return cookie.value if cookie else ""
