"""Keeps an application, and an account, from being deleted while something is written for them."""

from django.db import connection

from accounts.models import User
from cloudpanel.applications.models import Application


def hold(application_id: int, *, user_id: int | None = None) -> bool:
    """Whether the application, and the account if one is given, are there; if so, neither can be deleted until this
    transaction ends.

    A deletion locks the application or the account, and then deletes what refers to them. Without this, a transaction
    that has locked one of these rows, and inserts another one, would wait for the deletion that waits for it; and what
    refers to a grant or a client would be inserted beside a deletion, which would then fail. The lock is the weakest
    one, which constraints use: nobody waits for anybody but a deletion.
    """
    held = ({} if user_id is None else {User: user_id}) | {Application: application_id}
    tables = [connection.ops.quote_name(model._meta.db_table) for model in held]
    named = ", ".join(f"{table} held{n}" for n, table in enumerate(tables))
    ids = " AND ".join(f"held{n}.id = %s" for n in range(len(tables)))
    lock = "FOR KEY SHARE" if connection.features.has_select_for_no_key_update else ""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {named} WHERE {ids} {lock}", list(held.values()))  # noqa: S608 - names of tables
        return cursor.fetchone() is not None
