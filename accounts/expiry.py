"""Keeps tables small whose rows anybody may cause: whoever adds one also removes a few that are of no use."""

from typing import Any

from django.db.models import QuerySet

AT_ONCE = 20


def remove_some(rows: QuerySet[Any, Any]) -> None:
    """Removes the first of these, `AT_ONCE` at most. Call it within a transaction.

    Rows that somebody else is removing are skipped, so nobody waits for anybody. They are read first: mostly there are
    none, and PostgreSQL finds them by their keys, however large the table is.
    """
    some = list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True)[:AT_ONCE])
    if some:
        rows.model._default_manager.filter(pk__in=some).delete()
