"""What ought to be at a guarded application: with which visit somebody is let in, and who is not."""

from dataclasses import dataclass

from tests.model.expected import Account
from tests.model.expected_browsers import Inside


@dataclass(eq=False)
class Visit:
    """What a browser got from a guarded application: good while the session is, and the account unchanged."""

    inside: Inside
    epoch: int
    cookie: str


@dataclass(eq=False)
class Guard:
    """A guarded application of the owner's contract."""

    active: bool = True
    roles: frozenset[str] | None = None
    """None for everybody in the contract."""
    two_factor: bool = False
    minutes: int | None = None

    def answer(self, account: Account, now: int) -> int:
        """To a check with a visit of this account that lives: let in, led to the panel, or refused."""
        role = "administrator" if account.administrator else "reading"
        listed = account.member and (self.roles is None or role in self.roles)
        if not self.active or not (account.username == "owner" or listed):
            return 403
        return 302 if not account.factor and (account.must_use(now) or self.two_factor) else 200

    def lets_in(self, account: Account, now: int) -> bool:
        return self.answer(account, now) == 200

    def opens(self, account: Account, proof_age: int, now: int) -> bool:
        """To a login or a visit that begins."""
        return self.lets_in(account, now) and (self.minutes is None or proof_age <= 60 * self.minutes)
