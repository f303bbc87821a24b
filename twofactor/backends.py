"""Fetches the authenticator with the user, so that asking for it costs no query of its own."""

from django.db.models import QuerySet

from accounts.backends import ContractBackend
from accounts.models import User
from accounts.models.user import named
from accounts.prepared import Prepared


class FactorBackend(ContractBackend):
    def users(self) -> QuerySet[User]:
        return super().users().select_related("authenticator")

    def named(self, username: str) -> User | None:
        """The account that somebody wants to log in to, whatever state it is in."""
        return _NAMED.one(name=username.lower()) if username.isascii() else None


_NAMED = Prepared(lambda: FactorBackend().users().filter(named("")), "name")
