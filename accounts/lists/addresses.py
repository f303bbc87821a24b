"""Addresses of lists: the query of the request with other values."""

from collections.abc import Mapping

from django.http import QueryDict


def address(query: QueryDict, values: Mapping[str, str]) -> str:
    """This query with these values; an empty value leaves its parameter out."""
    changed = query.copy()
    for name, value in values.items():
        if value:
            changed[name] = value
        else:
            changed.pop(name, None)
    return f"?{changed.urlencode()}"
