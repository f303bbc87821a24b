"""Fetches the authenticator with the user, so that asking for it costs no query of its own."""

from django.db.models import QuerySet

from accounts.backends import ContractBackend
from accounts.models import User


class FactorBackend(ContractBackend):
    def users(self) -> QuerySet[User]:
        """Their contract's owner too, whom the pages of a log-in name."""
        return super().users().select_related("authenticator", "contract__owner")
