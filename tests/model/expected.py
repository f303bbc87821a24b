"""What ought to be: the accounts, and which steps they still demand.

`epoch` goes up whenever an account's password, email, state or factor changes; what was begun under an older
one is dead. Written from the rules of the product, not from its code: nothing here asks the database or the pages.
"""

from dataclasses import dataclass, field
from enum import Enum

from tests.twofactor.keys.token import Token
from twofactor import totp

STEP = 30
DAY = 24 * 3600


class Stage(Enum):
    """The steps of a login, each with its page."""

    CODE = "/login/code/"
    NEW_PASSWORD = "/password/new/"
    OFFER = "/two-factor/later/"
    SETUP = "/two-factor/setup/"


NO_APP = b"nobody has this key!"


@dataclass(eq=False)
class Factor:
    """All by which an account is proved beside the password: an app, security keys, or both; and the codes."""

    key: bytes | None
    """Of the app."""
    last_step: int | None
    codes: set[str]
    spent: set[str] = field(default_factory=set)
    tokens: list[Token] = field(default_factory=list)

    def takes(self, step: int, now: int) -> bool:
        return self.last_step is not None and abs(step - now // STEP) <= 1 and step > self.last_step

    def is_last(self, step: int | None) -> bool:
        return step is not None and step == self.last_step

    def code_at(self, step: int) -> str:
        """What the app shows, or what somebody types who has none."""
        return totp.code_at(self.key or NO_APP, step)


@dataclass(eq=False)
class Account:
    username: str
    pk: int
    password: str
    required: bool
    required_from: int | None = None
    """The moment that was planned; None for at once."""
    told_at: int | None = None
    """When the person was last told of the plan."""
    reserved: object | None = None
    """What only the browser has whose request for help was approved: nobody else gets further until it has set up."""
    owner: bool = False
    admin: bool = False
    administrator: bool = False
    """A sub-user whose role has all rights."""
    roles_before: int = 0
    """How often the role was changed."""
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

    def planned(self, now: int) -> bool:
        return self.required and self.required_from is not None and now < self.required_from

    def must_use(self, now: int) -> bool:
        return self.admin or (self.required and not self.planned(now))

    def must_set_up(self, now: int) -> bool:
        return not self.factor and (self.must_use(now) or self.reserved is not None)

    def stages(self, proven: Factor | None, now: int, *, offer: bool | None = None) -> list[Stage]:
        """`offer`: whether the page that offers the setup is still to be answered; None if it has not come yet."""
        left = [Stage.CODE] if self.factor and proven is not self.factor else []
        left += [Stage.NEW_PASSWORD] if self.must_change else []
        if self.must_set_up(now):
            return [*left, Stage.SETUP]
        offered = self.planned(now) if offer is None else offer
        return [*left, Stage.OFFER] if offered and not self.factor else left

    def reminder_is_due(self, now: int) -> bool:
        """A week and a day before the moment, each once, and no two mails within 22 hours."""
        if not self.planned(now) or self.factor or not self.active or now - self.told_at < 22 * 3600:
            return False
        return any(self.told_at < self.required_from - before <= now for before in (DAY, 7 * DAY))

    def plan(self, moment: int | None, now: int) -> None:
        """Yes: at once, or from a moment on. Whoever must use it by now stays as they are."""
        if not self.must_use(now) and (self.required, self.required_from) != (True, moment):
            self.required, self.required_from, self.told_at = True, moment, now

    def release(self, now: int) -> None:
        """No: of a plan nothing is left, and whatever is set up stays; else the factor goes, and the sessions.

        Either way, any browser may log in again after a request for help.
        """
        if not self.planned(now) and (self.must_use(now) or self.factor or self.reserved):
            self.lose_factor()
        self.required, self.required_from, self.reserved = False, None, None

    def new_password(self, password: str, *, must_change: bool = False) -> None:
        self.password, self.must_change = password, must_change
        self.epoch, self.mark = self.epoch + 1, self.mark + 1

    def forgive(self) -> None:
        """A password set by a mailed link or by somebody else ends what wrong codes began."""
        self.wrong, self.revoked = 0, False

    def password_by_other(self, password: str, *, must_change: bool = False) -> None:
        self.new_password(password, must_change=must_change)
        self.forgive()
        self.reserved = None

    def lose_factor(self) -> None:
        self.factor, self.reserved, self.epoch, self.mark = None, None, self.epoch + 1, self.mark + 1
