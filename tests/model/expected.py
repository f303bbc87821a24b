"""What ought to be: the accounts, and what each browser may see.

`epoch` goes up whenever an account's password, email, state or factor changes; what was begun under an older
one is dead. Written from the rules of the product, not from its code: nothing here asks the database or the pages.
"""

from dataclasses import dataclass, field
from enum import Enum

from django.test import Client

PARKED_SECONDS, SETUP_SECONDS, FRESH_SECONDS, LINK_SECONDS = 300, 900, 300, 3600
FRESH_IN_ALL = 1800
IDLE_SECONDS, ABSOLUTE_SECONDS = 1800, 12 * 3600
TOUCH_SECONDS = 60
STEP = 30


class Stage(Enum):
    """The steps of a login, each with its page."""

    CODE = "/login/code/"
    NEW_PASSWORD = "/password/new/"
    SETUP = "/two-factor/setup/"


@dataclass(eq=False)
class Factor:
    key: bytes
    last_step: int
    codes: set[str]
    spent: set[str] = field(default_factory=set)

    def takes(self, step: int, now: int) -> bool:
        return abs(step - now // STEP) <= 1 and step > self.last_step


@dataclass(eq=False)
class Account:
    username: str
    pk: int
    password: str
    required: bool
    owner: bool = False
    admin: bool = False
    administrator: bool = False
    """A sub-user whose role has all rights."""
    member: bool = False
    active: bool = True
    factor: Factor | None = None
    must_change: bool = False
    revoked: bool = False
    epoch: int = 0
    mark: int = 0
    """Goes up with a new password and each change of the factor: browsers are no longer known."""
    last_login: int = 0
    wrong: int = 0
    """Wrong codes in a row, over all browsers."""

    @property
    def must_use(self) -> bool:
        return self.required or self.admin

    def stages(self, proven: Factor | None) -> list[Stage]:
        left = [Stage.CODE] if self.factor and proven is not self.factor else []
        left += [Stage.NEW_PASSWORD] if self.must_change else []
        return left + ([Stage.SETUP] if self.must_use and not self.factor else [])

    def new_password(self, password: str, *, must_change: bool = False) -> None:
        self.password, self.must_change = password, must_change
        self.epoch, self.mark = self.epoch + 1, self.mark + 1

    def forgive(self) -> None:
        """Only a reset by mail or by somebody else ends what a hundred wrong codes began."""
        self.wrong = 0 if self.revoked else self.wrong
        self.revoked = False

    def lose_factor(self) -> None:
        self.factor, self.epoch, self.mark = None, self.epoch + 1, self.mark + 1


@dataclass(eq=False)
class Pending:
    account: Account
    epoch: int
    at: int
    proven: Factor | None = None

    def stage(self, now: int) -> Stage | None:
        """The step that this browser may see; None for a login that is dead."""
        account = self.account
        stages = account.stages(self.proven)
        if not account.active or account.revoked or self.epoch != account.epoch or not stages:
            return None
        lives = SETUP_SECONDS if stages[0] is Stage.SETUP else PARKED_SECONDS
        return stages[0] if now < self.at + lives else None


@dataclass(eq=False)
class Inside:
    account: Account
    epoch: int
    began: int
    used: int
    confirmed: int
    proven: Factor | None
    over: bool = False
    extended: int = 0
    """When a sensitive act last began the five minutes anew."""

    def alive(self, now: int) -> bool | None:
        """None in the minute in which the last use may or may not have been noted."""
        account = self.account
        if self.over or not account.active or self.epoch != account.epoch or account.factor is not self.proven:
            return False
        idle, age = now - self.used, now - self.began
        if idle >= IDLE_SECONDS or age >= ABSOLUTE_SECONDS:
            return False
        return None if idle >= IDLE_SECONDS - TOUCH_SECONDS or age >= ABSOLUTE_SECONDS - 3600 else True

    def fresh(self, now: int) -> bool:
        return now - self.confirmed < FRESH_IN_ALL and now - max(self.confirmed, self.extended) < FRESH_SECONDS

    def acted(self, now: int) -> None:
        """Did something sensitive, while freshly proved."""
        self.extended = now if self.fresh(now) else self.extended


@dataclass(frozen=True)
class SetupKey:
    account: Account
    epoch: int
    key: bytes
    ends: int

    def alive(self, account: Account, now: int) -> bool:
        return self.account is account and self.epoch == account.epoch and now < self.ends


@dataclass(frozen=True)
class Link:
    path: str
    account: Account
    epoch: int
    last_login: int
    at: int

    def alive(self, now: int) -> bool:
        account = self.account
        unchanged = (self.epoch, self.last_login) == (account.epoch, account.last_login)
        return account.active and unchanged and now < self.at + LINK_SECONDS


@dataclass(eq=False)
class Browser:
    name: str
    person: str
    ip: str
    client: Client
    state: Pending | Inside | None = None
    key: SetupKey | None = None
    known_browsers: dict[str, int] = field(default_factory=dict)

    def knows(self, account: Account) -> bool:
        return self.known_browsers.get(account.username) == account.mark

    def inside(self, now: int) -> Account | None:
        """Whose session is open here."""
        return self.state.account if isinstance(self.state, Inside) and self.state.alive(now) else None

    def stage(self, now: int) -> Stage | None:
        return self.state.stage(now) if isinstance(self.state, Pending) else None

    def works_as(self, now: int) -> Account | None:
        """Whose session is open here, with nothing left to do."""
        account = self.inside(now)
        return account if account and Stage.SETUP not in account.stages(account.factor) else None

    def living_key(self, account: Account, now: int) -> SetupKey | None:
        return self.key if self.key and self.key.alive(account, now) else None
