"""Corrects text that is not composed (NFC), and derived columns that don't match their source.

Needed once for rows of older versions (a migration), and for rows that a server of the previous version writes in the
meantime.
"""

from collections.abc import Iterator
from typing import Any

from django.db import IntegrityError, connections, models, transaction

from accounts import folding
from accounts.models.texts import derived

BATCH = 1_000
TEXTS = ("name", "description")
"""The columns with an NfcCharField, which is an ordinary CharField in the models of a migration."""


def put_right(model: type[models.Model], using: str = "default") -> int:
    """Returns how many rows were changed. Works in batches, and changes a row only if its text is still the one that
    was read."""
    texts = [field for field in model._meta.concrete_fields if field.attname in TEXTS]
    keys = derived(model)
    read = [field.attname for field in (*texts, *keys)]
    changed = 0
    for rows in _batches(model, read, using):
        changed += _write(model, read, [row for row in rows if _right(model, read, row[1:]) != row[1:]], using)
    return changed


def _batches(model: type[models.Model], read: list[str], using: str) -> Iterator[list[tuple[Any, ...]]]:
    last = 0
    everything = model._default_manager.using(using).order_by("pk").values_list("pk", *read)
    while rows := list(everything.filter(pk__gt=last)[:BATCH]):
        yield rows
        last = rows[-1][0]


def _right(model: type[models.Model], read: list[str], values: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same columns with correct values."""
    found = dict(zip(read, values, strict=True))
    found |= {name: folding.nfc(text) for name, text in found.items() if text is not None}
    found |= {key.attname: key.derive(found[key.source]) for key in derived(model)}
    return tuple(found.values())


def _write(model: type[models.Model], read: list[str], rows: list[tuple[Any, ...]], using: str) -> int:
    connection = connections[using]
    quote = connection.ops.quote_name
    keys = {key.attname for key in derived(model)}
    set_to = ", ".join(f"{quote(name)} = %s" for name in read)
    unchanged = " AND ".join(f"{quote(name)} = %s" for name in read if name not in keys)
    sql = f"UPDATE {quote(model._meta.db_table)} SET {set_to} WHERE id = %s AND {unchanged}"  # noqa: S608
    values = [
        [*_right(model, read, row[1:]), row[0], *(v for n, v in zip(read, row[1:], strict=True) if n not in keys)]
        for row in rows
    ]
    return _execute(sql, values, using)


def _execute(sql: str, values: list[list[Any]], using: str) -> int:
    """Returns how many succeeded. A row that would become equal to another one is left as it is."""
    if not values:
        return 0
    try:
        with transaction.atomic(using=using), connections[using].cursor() as cursor:
            cursor.executemany(sql, values)
    except IntegrityError:
        return sum(_execute(sql, [row], using) for row in values) if len(values) > 1 else 0
    return len(values)
