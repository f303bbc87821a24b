"""Fills the folded columns, and brings text into its composed spelling, batch by batch beside the running panel.

Role names that are the same then, such as "Ärzte" typed in two ways, get a number: "Ärzte (2)".
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from accounts import folding
from accounts.lists import rekeying

ROLE_NAME_MAX_LENGTH = 100


def fill(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    using = schema_editor.connection.alias
    number_twins(apps, using)
    for name in ("User", "Contract", "Role"):
        rekeying.put_right(apps.get_model("accounts", name), using)


def number_twins(apps: StateApps, using: str) -> None:
    roles = apps.get_model("accounts", "Role").objects.using(using)
    taken: set[tuple[int, str]] = set()
    for pk, contract, name in roles.order_by("-built_in", "pk").values_list("pk", "contract_id", "name").iterator():
        free, number = name, 1
        while (contract, folding.folded(free)) in taken:
            number += 1
            free = f"{folding.nfc(name)[: ROLE_NAME_MAX_LENGTH - 8]} ({number})"
        taken.add((contract, folding.folded(free)))
        if number > 1:
            roles.filter(pk=pk).update(name=free)
            print(f"\n  The role “{name}” (id {pk}) is named “{free}” now: another one has this name.", end="")  # noqa: T201


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0014_one_folding")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
