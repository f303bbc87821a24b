"""The question about several users, and the progress of its answer; signed, so that pages can carry it.

It holds the users who were affected when the question was asked. Nobody is added later, whatever the filter finds then,
and the ids of users who are gone are known to have belonged to the contract.
"""

from dataclasses import asdict, dataclass, replace

from django.core import signing

from accounts.models import Contract, User
from accounts.users.several import Action

LIFETIME_SECONDS = 3600
AT_ONCE = 100
"""How many users one request changes, in one transaction."""
NAMED = 10
"""How many of the skipped users are named."""


@dataclass(frozen=True)
class BulkProgress:
    ids: tuple[int, ...]
    """In ascending order."""
    at: int = 0
    """How many of them are done."""
    changed: int = 0
    left_out: tuple[str, ...] = ()
    """The first usernames of skipped users; `others` is how many more there are."""
    others: int = 0
    gone: int = 0
    unmailed: bool = False

    @property
    def next_ids(self) -> tuple[int, ...]:
        return self.ids[self.at : self.at + AT_ONCE]

    @property
    def is_done(self) -> bool:
        return self.at >= len(self.ids)

    def after(self, *, changed: int, left_out: list[str], gone: int, unmailed: bool) -> "BulkProgress":
        """The progress after the next users were handled."""
        names = (*self.left_out, *left_out)
        return replace(
            self,
            at=self.at + len(self.next_ids),
            changed=self.changed + changed,
            left_out=names[:NAMED],
            others=self.others + len(names[NAMED:]),
            gone=self.gone + gone,
            unmailed=self.unmailed or unmailed,
        )


def seal(progress: BulkProgress, action: Action, *, actor: User, contract: Contract) -> str:
    return signing.dumps(asdict(progress), salt=_salt(action, actor, contract), compress=True)


def unseal(sealed: str, action: Action, *, actor: User, contract: Contract) -> BulkProgress | None:
    """None if it has expired or belongs to another person, contract or action."""
    try:
        found = signing.loads(sealed, salt=_salt(action, actor, contract), max_age=LIFETIME_SECONDS)
    except signing.BadSignature:
        return None
    return BulkProgress(**found | {"ids": tuple(found["ids"]), "left_out": tuple(found["left_out"])})


def _salt(action: Action, actor: User, contract: Contract) -> str:
    return f"cloudpanel.users.asked.{action}.{actor.pk}.{contract.pk}"
