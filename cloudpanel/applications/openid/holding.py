"""Keeps an account and an application from being deleted while something is written for both."""

from django.db import connection

from accounts.models import User
from cloudpanel.applications.models import Application


def hold(user_id: int, application_id: int) -> bool:
    """Whether both are there; if so, neither can be deleted until this transaction ends.

    A deletion locks the account or the application. Tokens, codes and logins refer to a grant or a client, so without
    this they would be inserted beside the deletion, which would then fail. The lock is the weakest one, which
    constraints use: nobody waits for anybody but a deletion.
    """
    user, application = (connection.ops.quote_name(model._meta.db_table) for model in (User, Application))
    lock = "FOR KEY SHARE" if connection.features.has_select_for_no_key_update else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT 1 FROM {user} one, {application} other WHERE one.id = %s AND other.id = %s {lock}",  # noqa: S608 - names of tables
            [user_id, application_id],
        )
        return cursor.fetchone() is not None
