"""What ought to be of the tokens that an application got for a login by OpenID Connect."""

from dataclasses import dataclass

from tests.model.expected import Factor
from tests.model.expected_browsers import Browser, Inside
from tests.model.expected_guard import Guard

ACCESS_SECONDS, REFRESH_SECONDS = 600, 30 * 24 * 3600


@dataclass(eq=False)
class Granted:
    """The newest tokens of one login. None, where it is an answer, is what only the database knows."""

    browser: Browser
    inside: Inside
    epoch: int
    proven: Factor | None
    access: str
    refresh: str
    at: int
    """When the tokens were issued."""
    offline: bool | None = False
    """The access token was issued after the session, so it doesn't end with it."""
    revoked: bool = False
    """All sessions of the account were ended on purpose, or the refresh token was presented without the right."""

    @property
    def unchanged(self) -> bool:
        account = self.inside.account
        return account.active and account.epoch == self.epoch and not self.revoked

    def session_lives(self, now: int) -> bool | None:
        """Without its browser, which has forgotten it, a session goes on until a time that the model doesn't know."""
        if self.inside.over:
            return False
        return self.inside.alive(now) if self.browser.state is self.inside else None

    def may_open(self, guard: Guard, now: int) -> bool | None:
        account = self.inside.account
        return guard.lets_in(account, now) if account.factor is self.proven else None

    def has_access(self, guard: Guard, now: int) -> bool | None:
        if self.revoked or now >= self.at + ACCESS_SECONDS:
            return False
        return every(self.may_open(guard, now), some(self.session_lives(now), every(self.offline, self.unchanged)))

    def can_refresh(self, guard: Guard, now: int) -> bool | None:
        return every(self.unchanged and now < self.at + REFRESH_SECONDS, self.may_open(guard, now))


def every(*answers: bool | None) -> bool | None:
    return False if False in answers else None if None in answers else True


def some(*answers: bool | None) -> bool | None:
    return True if True in answers else None if None in answers else False
