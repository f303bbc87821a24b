"""Which budgets an attempt is consumed from (NIST SP 800-63B-4 section 3.2.2).

A known browser has budgets of its own, so a stranger who keeps failing cannot keep the rightful user out.
"""

from datetime import timedelta

from accounts import folding
from accounts.models import User
from accounts.origin import Origin
from accounts.throttling import budgets
from accounts.throttling.budgets import ONLY_COUNTED, Attempt, Budget, Wait
from twofactor.backends import FactorBackend
from twofactor.login.known_browser import KnownBrowsers

FREE_FOR_ACCOUNT = 20
FREE_FOR_ADDRESS = 100
FREE_FOR_KNOWN_BROWSERS = 10
WRONG_CODES = ONLY_COUNTED
WRONG_CODES_END_LOGIN = 10
WRONG_CODES_REVOKE_PASSWORD = 100


def password(username: str, user: User | None, origin: Origin, browser: str | None) -> list[Budget]:
    """A known browser has one budget. Unknown browsers share three: for account and address, for the account over all
    addresses, and for the address over all accounts."""
    if user and browser:
        return [Budget("password_browser", f"{user.pk}|{browser}", user.pk)]
    name = folding.ascii_lower(username)
    network, user_id = origin.network(), user.pk if user else None
    return [
        Budget("password_here", f"{network}|{name}", user_id),
        Budget("password_account", name, user_id, free=FREE_FOR_ACCOUNT, reset_by_success=False),
        _address(origin),
    ]


def consume_password(
    username: str, origin: Origin, known_browsers: KnownBrowsers
) -> tuple[User | None, Attempt | Wait]:
    """The account with this name and the consumed attempt, or the current wait, in which case nothing is written."""
    of_strangers = password(username, None, origin, None)
    running, values = budgets.running(of_strangers)
    found, named = FactorBackend().named(username, running, **values)
    browser = known_browsers.browser_of(named)
    if not browser and (wait := budgets.wait_on(of_strangers, found)):
        return named, wait
    return named, budgets.consume(password(username, named, origin, browser))


def second_factor(user: User, browser: str | None) -> list[Budget]:
    """Shared by codes, recovery codes and confirmations. `WRONG_CODES` counts over all browsers and never makes anybody
    wait.

    However many browsers are known, `FREE_FOR_KNOWN_BROWSERS` codes from them and five from all unknown browsers are
    checked before everybody has to wait.
    """
    all_known = [Budget("factor_known", str(user.pk), user.pk, free=FREE_FOR_KNOWN_BROWSERS)] if browser else []
    return [
        Budget("factor", f"{user.pk}|{browser or ''}", user.pk),
        *all_known,
        Budget(WRONG_CODES, str(user.pk), user.pk, free=None, forgotten_after=None),
    ]


def help_request(user: User, browser: str | None) -> list[Budget]:
    """Asking the account owner costs an attempt of the second factor but doesn't count as a wrong code."""
    return [budget for budget in second_factor(user, browser) if budget.kind != WRONG_CODES]


def passkey(origin: Origin) -> list[Budget]:
    """For logins without a password: only the address's budget, shared with its wrong passwords."""
    return [_address(origin)]


def _address(origin: Origin) -> Budget:
    hour = timedelta(hours=1)
    return Budget(
        "password_address", origin.network(), free=FREE_FOR_ADDRESS, forgotten_after=hour, reset_by_success=False
    )


def setup(user: User) -> list[Budget]:
    return [Budget("setup", str(user.pk), user.pk)]
