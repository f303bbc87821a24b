"""Copies an installation from SQLite into an empty PostgreSQL database: `manage.py copy_to`.

One transaction copies everything, with foreign keys checked at its end. So the order of the tables doesn't matter, and
a copy that fails leaves them empty.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import Model

from accounts.models import User
from cloudpanel.configuration.addresses import parse_database

TARGET = "copy"
BATCH = 500


class TransferRefused(Exception):
    """Why the copy is refused, as a sentence."""


def copy(url: str) -> Iterator[tuple[str, int]]:
    """Copies the tables and yields the name and the number of rows of each. Raises TransferRefused before anything is
    written."""
    _connect(url)
    call_command("migrate", database=TARGET, interactive=False, verbosity=0)
    if User.objects.using(TARGET).exists():
        raise TransferRefused("The target holds accounts already. Copy into an empty database.")
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    with transaction.atomic(using=TARGET):
        for model in models:
            yield model._meta.db_table, _copy(model)
        _continue_numbers(models)


def _connect(url: str) -> None:
    try:
        found = parse_database(url)
    except ValueError:
        raise TransferRefused("The target must be a postgres:// URL, as in DATABASE_URL.") from None
    if connections[DEFAULT_DB_ALIAS].vendor != "sqlite" or "postgresql" not in found["ENGINE"]:
        raise TransferRefused("Only a copy from SQLite to PostgreSQL is made.")
    connections.settings[TARGET] = connections.configure_settings({DEFAULT_DB_ALIAS: {}, TARGET: found})[TARGET]


def _copy(model: type[Model]) -> int:
    """Deletes what migrations have put into the table first, because the copy contains it."""
    made = model._base_manager.using(TARGET)
    if made.exists():
        made.all().delete()
    names = [field.attname for field in model._meta.concrete_fields]
    rows = model._base_manager.order_by("pk").values_list(*names).iterator(BATCH)
    copied = 0
    while batch := list(islice(rows, BATCH)):
        model._base_manager.using(TARGET).bulk_create(_instance(model, names, row) for row in batch)
        copied += len(batch)
    return copied


def _instance(model: type[Model], names: list[str], row: tuple[Any, ...]) -> Model:
    return model(**dict(zip(names, row, strict=True)))


def _continue_numbers(models: list[type[Model]]) -> None:
    """Sets the sequences, so that new rows get ids after the copied ones."""
    connection = connections[TARGET]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)
