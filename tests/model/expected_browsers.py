"""What each browser may see: a pending login, a session, a request for help, a key being set up."""

from dataclasses import dataclass, field

from django.test import Client

from tests.model.expected import Account, Factor, Stage

PARKED_SECONDS, SETUP_SECONDS, FRESH_SECONDS, LINK_SECONDS = 300, 900, 300, 3600
HELP_SECONDS, HELP_COOKIE_SECONDS = 1800, 24 * 3600
FRESH_IN_ALL = 1800
IDLE_SECONDS, ABSOLUTE_SECONDS = 1800, 12 * 3600
TOUCH_SECONDS = 60


@dataclass(eq=False)
class Pending:
    account: Account
    epoch: int
    at: int
    used: int
    proven: Factor | None = None
    by_password: bool = True
    offer: bool | None = None
    asked: "Asked | None" = None
    over: bool = False

    def stage(self, now: int) -> Stage | None:
        """The step that this browser may see; None for a login that is dead."""
        account = self.account
        stages = account.stages(self.proven, now, offer=self.offer)
        blocked = account.revoked and self.by_password
        if self.over or not account.active or blocked or not (self.is_current or self.is_helped) or not stages:
            return None
        return stages[0] if now < self.ends(stages[0], now) and now < self.used + IDLE_SECONDS else None

    @property
    def is_current(self) -> bool:
        return self.epoch == self.account.epoch

    @property
    def is_helped(self) -> bool:
        """Its help was approved, and nothing else has changed since: only as long as the account is reserved for it."""
        reserved = self.asked is not None and self.asked.secret is self.account.reserved
        return reserved and self.epoch == self.account.epoch - 1

    def ends(self, stage: Stage, now: int) -> int:
        """A request for help makes it longer while it waits for its answer, or the account is reserved for it."""
        setup = stage is Stage.SETUP
        own = self.at + (SETUP_SECONDS if setup else PARKED_SECONDS)
        if self.asked and (self.asked.is_open(now) or self.asked.secret is self.account.reserved):
            return max(own, self.asked.ends + (SETUP_SECONDS if setup else 0))
        return own

    def is_unsure(self, now: int) -> bool:
        """In the minute in which the last use may or may not have been noted."""
        return self.stage(now) is not None and now >= self.used + IDLE_SECONDS - TOUCH_SECONDS


@dataclass(eq=False)
class Asked:
    """A request for help. It dies with its login, and with any change of password, factor or state."""

    account: Account
    browser: "Browser"
    login: Pending
    secret: object
    epoch: int
    at: int
    number: int
    words: str
    wrong: int = 0
    answer: str = ""
    left: bool = False
    """Its browser forgot everything: nobody can go on, which the panel can't know."""

    @property
    def ends(self) -> int:
        return self.at + HELP_SECONDS

    def is_open(self, now: int) -> bool:
        account = self.account
        unchanged = account.active and not account.revoked and account.epoch == self.epoch
        waits = not self.login.over and (self.left or self.browser.state is self.login)
        return not self.answer and unchanged and waits and now < self.ends


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
    roles_before: int
    at: int

    def alive(self, now: int) -> bool:
        account = self.account
        found = (account.epoch, account.last_login, account.roles_before)
        unchanged = (self.epoch, self.last_login, self.roles_before) == found
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
    visits: list = field(default_factory=list)
    secrets: dict[str, object] = field(default_factory=dict)
    """By which an account that is reserved for this browser knows it: one cookie for all accounts."""
    secrets_at: int = 0

    def leave(self) -> None:
        if self.state:
            self.state.over = True
        self.state = self.key = None

    def knows(self, account: Account) -> bool:
        return self.known_browsers.get(account.username) == account.mark

    def secret_of(self, account: Account, now: int) -> object | None:
        return self.secrets.get(account.username) if now <= self.secrets_at + HELP_COOKIE_SECONDS else None

    def keep_secret(self, account: Account, secret: object, now: int) -> None:
        others = self.secrets if now <= self.secrets_at + HELP_COOKIE_SECONDS else {}
        self.secrets, self.secrets_at = others | {account.username: secret}, now

    def is_unsure(self, now: int) -> bool:
        """Only the database knows whether what is open here still lives."""
        state = self.state
        return state.alive(now) is None if isinstance(state, Inside) else bool(state and state.is_unsure(now))

    def inside(self, now: int) -> Account | None:
        """Whose session is open here."""
        return self.state.account if isinstance(self.state, Inside) and self.state.alive(now) else None

    def stage(self, now: int) -> Stage | None:
        return self.state.stage(now) if isinstance(self.state, Pending) else None

    def works_as(self, now: int) -> Account | None:
        """Whose session is open here, with nothing left to do."""
        account = self.inside(now)
        return account if account and not account.must_set_up(now) else None

    def living_key(self, account: Account, now: int) -> SetupKey | None:
        return self.key if self.key and self.key.alive(account, now) else None
