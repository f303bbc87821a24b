"""Says in one line what a database answered."""

from django.db import DatabaseError


def first_line(fault: DatabaseError) -> str:
    """Without the full stop. Databases name users, hosts and files here, and no password."""
    return next(iter(str(fault).strip().splitlines()), type(fault).__name__).strip().rstrip(".:")
