"""Changes of the tables that a request reads and writes, in an order that is not the panel's."""

from django.db import migrations

TABLES = ("accounts_auditrow", "twofactor_authenticator", "accounts_role", "accounts_session", "accounts_user")


def columns(number: int) -> list[migrations.RunSQL]:
    """A column for each table, beginning with another table each time."""
    order = TABLES[number:] + TABLES[:number]
    return [migrations.RunSQL(f"ALTER TABLE {table} ADD COLUMN later_{number} integer NULL") for table in order]
