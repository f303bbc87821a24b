from typing import Any

from django.db import migrations


def note_what_roles_open(apps: Any, schema_editor: Any) -> None:
    role, listed = apps.get_model("accounts", "Role"), apps.get_model("applications", "Application").roles.through
    opens: dict[int, list[int]] = {}
    for pk, application in listed.objects.order_by("application").values_list("role", "application"):
        opens.setdefault(pk, []).append(application)
    for pk, applications in opens.items():
        role.objects.filter(pk=pk).update(opens=applications)


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0001_initial"),
        ("accounts", "0035_what_roles_open"),
    ]

    operations = [migrations.RunPython(note_what_roles_open, migrations.RunPython.noop)]
