"""Fetches the authenticator with the user, so that it needs no query of its own."""

from collections.abc import Sequence
from typing import Any

from accounts import folding
from accounts.gate.backends import ContractBackend
from accounts.models import User
from accounts.models.prepared import Prepared
from accounts.models.usernames import named


class FactorBackend(ContractBackend):
    joined = (*ContractBackend.joined, "authenticator")

    def named(self, username: str, other: str, **values: Any) -> tuple[Sequence[Any], User | None]:
        """The row of the SELECT `other`, and the account that somebody wants to log in to, in any state."""
        return _NAMED.one_beside(other, name=folding.ascii_lower(username), **values)


_NAMED = Prepared(lambda: User.objects.filter(named("")), "name", joined=FactorBackend.joined)
