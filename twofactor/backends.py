"""Fetches the authenticator with the user, so that asking for it costs no query of its own."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from accounts import folding
from accounts.gate.backends import ContractBackend
from accounts.models import User
from accounts.models.prepared import Prepared
from accounts.models.user import named


class FactorBackend(ContractBackend):
    def users(self) -> QuerySet[User]:
        return super().users().select_related("authenticator")

    def named(self, username: str, other: str, **values: Any) -> tuple[Sequence[Any], User | None]:
        """The row that the SELECT `other` comes to, and the account that somebody wants to log in to, in any state."""
        return _NAMED.one_beside(other, name=folding.ascii_lower(username), **values)


_NAMED = Prepared(lambda: FactorBackend().users().filter(named("")), "name")
