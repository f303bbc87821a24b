"""Looks at the panel from every browser, and at the rows, without touching either.

Each request here is rolled back and its cookies are put back, so that looking changes nothing.
"""

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.test import Client
from fido2.utils import websafe_encode

from accounts.models import User
from tests.model.expected import Stage
from tests.model.expected_browsers import Browser
from tests.model.world import World
from twofactor.login.known_browser import known_browsers_of

PANEL = ["/", "/management/users/", "/management/users/create/", "/profile/security/", "/management/logs/", "/admin/"]
PANEL += [
    "/two-factor/activated/",
    "/contracts/",
    "/management/roles/",
    "/profile/email/",
    "/two-factor/recovery-codes/",
    "/two-factor/disable/",
]
STEPS = ["/login/code/", "/login/recovery/", "/password/new/", "/two-factor/setup/", "/confirm/"]
STEPS += ["/two-factor/later/", "/login/help/"]
DUTY_OF = {"/login/recovery/": Stage.CODE, "/login/help/": Stage.CODE} | {stage.value: stage for stage in Stage}
PAGES = [page for pair in zip(PANEL, STEPS * 2, strict=False) for page in pair]
STEPS_OF_A_REDIRECT = 3


def around(world: World, number: int) -> None:
    """Half of the browsers at an address that is cheap to ask, one of them at a page, with all its redirects."""
    everybody = list(world.browsers.values())
    for browser in everybody[number % 2 :: 2]:
        at_the_gate(world, browser)
    browser = everybody[number % len(everybody)]
    turn = number // len(everybody)
    at_page(world, browser, PAGES[turn // 2 % len(PAGES)] if turn % 2 else "/profile/")


def at_the_gate(world: World, browser: Browser) -> None:
    """A page that leads on whoever is inside, and anybody else to the step that is theirs."""
    if browser.is_unsure(world.now):
        return
    cookies, point = browser.client.cookies.copy(), transaction.savepoint()
    answer = browser.client.get("/two-factor/recovery-codes/download/")
    transaction.savepoint_rollback(point)
    browser.client.cookies = cookies
    where = answer.url.partition("?")[0] if answer.status_code == 302 else ""
    expected = step_of(world, browser)
    if expected is None:
        assert not where.startswith(("/login/", "/password/", "/two-factor/")), f"{browser.name} is shut out: {where}"
    else:
        assert where == expected, browser.name


def step_of(world: World, browser: Browser) -> str | None:
    """The one page that this browser may see; None inside."""
    if browser.works_as(world.now):
        return None
    stage = browser.stage(world.now) or (Stage.SETUP if browser.inside(world.now) else None)
    return stage.value if stage else "/login/"


def look(browser: Browser, path: str) -> list:
    """The answers along the redirects, the first one first."""
    cookies, point = browser.client.cookies.copy(), transaction.savepoint()
    answers = [browser.client.get(path)]
    while answers[-1].status_code in (301, 302) and len(answers) <= STEPS_OF_A_REDIRECT:
        answers.append(browser.client.get(answers[-1].url))
    transaction.savepoint_rollback(point)
    browser.client.cookies = cookies
    assert all(answer.status_code < 500 for answer in answers)
    assert answers[-1].status_code != 302, f"{path} leads on and on: {[answer.url for answer in answers]}"
    return answers


def at_page(world: World, browser: Browser, path: str) -> None:
    now = world.now
    if browser.is_unsure(now):
        return
    first = look(browser, path)[0]
    status = first.status_code
    account, stage = browser.works_as(now), browser.stage(now)
    if path in ("/confirm/", "/two-factor/setup/") and browser.inside(now):
        return
    if path in STEPS:
        assert (status == 200) == (stage is not None and DUTY_OF.get(path) is stage), (browser.name, path)
    elif not account:
        assert status == 302, (browser.name, path)
        assert first.url.partition("?")[0] == step_of(world, browser)
    elif path == "/profile/":
        assert status == 200
    elif path.startswith("/admin/"):
        assert status == (200 if account.admin else 403)
    elif path.startswith("/management/"):
        assert status in ((404,) if account.admin else (200, 403))


def at_an_old_cookie(cookie: str) -> None:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    for path in ("/profile/", "/login/code/", "/password/new/", "/two-factor/setup/"):
        assert client.get(path).status_code == 302


def at_rows(world: World) -> None:
    """Nothing was changed that the model does not know of."""
    rows = User.objects.select_related("authenticator").prefetch_related("recovery_codes", "security_keys")
    people = list(rows.filter(username__in=world.accounts))
    found = {user.username: row_of(user) for user in people}
    for name, account in world.accounts.items():
        factor = account.factor
        last_step, codes = (factor.last_step, len(factor.codes)) if factor else (None, 0)
        keys = sorted(websafe_encode(token.credential_id) for token in factor.tokens) if factor else []
        second = (bool(factor), last_step, codes, len(keys), keys)
        plan = (account.required, account.required_from, account.reserved is not None)
        said = (account.active, *plan, *second, account.must_change, account.revoked)
        assert (name, found[name]) == (name, said)
    at_marks(world, {user.username: user for user in people})


def at_marks(world: World, users: dict[str, User]) -> None:
    """A mark from before the factor, or from before any other change that ends it, is worth nothing."""
    for browser in world.browsers.values():
        cookie = browser.client.cookies.get(settings.KNOWN_BROWSER_COOKIE)
        request = HttpRequest()
        request.COOKIES = {settings.KNOWN_BROWSER_COOKIE: cookie.value} if cookie else {}
        marks = known_browsers_of(request)
        for name, account in world.accounts.items():
            assert browser.knows(account) or marks.browser_of(users[name]) is None, (browser.name, name)


def row_of(user: User) -> tuple:
    device = getattr(user, "authenticator", None)
    unused = sum(code.used_at is None for code in user.recovery_codes.all())
    return (
        user.is_active,
        user.two_factor_required,
        int(user.two_factor_required_from.timestamp()) if user.two_factor_required_from else None,
        bool(user.setup_browser),
        user.two_factor_active_since is not None,
        device.last_step if device else None,
        unused,
        user.key_count,
        sorted(key.credential_id for key in user.security_keys.all()),
        user.must_change_password,
        user.password_revoked_at is not None,
    )
