from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from accounts.lists import trigrams

TEXTS = ("upper(name::text)", "upper(username::text)", "upper(email::text)")


def create(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    trigrams.create(schema_editor.connection, TEXTS)


def remove(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    trigrams.remove(schema_editor.connection)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0004_lists")]

    operations = [migrations.RunPython(create, remove)]
