"""Confirms a person's identity before something is weakened: password, and second factor if active (OWASP ASVS 5.0
V7.5)."""

from accounts.models import Event, User
from accounts.origin import Origin
from twofactor.factors import account, app
from twofactor.login import flow
from twofactor.login.known_browser import KnownBrowsers
from twofactor.outcomes import CheckOutcome, FactorOutcome, Proven


def confirm_step(
    user: User, *, password: str, code: str, recovery_code: str, origin: Origin, known_browsers: KnownBrowsers
) -> FactorOutcome:
    """One attempt on the second factor's budget. An incorrect password uses no code."""

    def check() -> CheckOutcome:
        if not account.is_active(user):
            return Proven()
        if recovery_code:
            return flow.spend_recovery_code(user, recovery_code, origin)
        return app.check(user, code)

    return flow.second_factor(
        user, check, Event.CONFIRMED, origin=origin, known_browsers=known_browsers, password=password
    )
