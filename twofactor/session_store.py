"""Session, user, role, contracts and authenticator by one SELECT, whose text is built once from the models' fields.

The rule: nothing is kept between requests but the text. What a row says is read anew each time, so a change of policy
holds at the very next request.
"""

from datetime import datetime
from functools import lru_cache

from django.db import connection
from django.db.models.query import get_related_populators  # type: ignore[attr-defined]
from django.utils import timezone

from accounts.models import Session
from accounts.session_store import SessionStore as AccountsSessionStore
from accounts.session_store import row_key

WITH_THE_SESSION = ("contract", "user__role", "user__contract", "user__authenticator")


class SessionStore(AccountsSessionStore):
    def fetch(self, now: datetime, idle_since: datetime) -> Session | None:
        return _statement(connection.vendor).one(row_key(self.session_key), now, idle_since)


@lru_cache(maxsize=4)
def _statement(vendor: str) -> "Statement":
    return Statement()


class Statement:
    """The compiled SELECT of one kind of database, and how its columns become objects."""

    def __init__(self) -> None:
        any_time = timezone.now()
        # One filter after the other: Django would sort the arguments of a single one by name.
        rows = Session.objects.filter(session_key="").filter(expire_date__gt=any_time)
        rows = rows.filter(last_seen_at__gt=any_time)
        compiler = rows.select_related(*WITH_THE_SESSION).query.get_compiler(connection=connection)
        sql, _ = compiler.as_sql()
        # By name: for the other kind Django goes through the whole text at each request to put SQLite's signs in.
        self.sql = sql % ("%(key)s", "%(now)s", "%(idle_since)s")
        self.apply = compiler.apply_converters
        self.converters = compiler.get_converters([column for column, _, _ in compiler.select])
        info = compiler.klass_info
        self.columns = info["select_fields"]
        self.names = [compiler.select[i][0].target.attname for i in self.columns]
        self.related = get_related_populators(info, compiler.select, connection.alias)

    def one(self, key: str, now: datetime, idle_since: datetime) -> Session | None:
        adapt = connection.ops.adapt_datetimefield_value
        with connection.cursor() as cursor:
            cursor.execute(self.sql, {"key": key, "now": adapt(now), "idle_since": adapt(idle_since)})
            found = cursor.fetchone()
        if found is None:
            return None
        row = next(iter(self.apply([found], self.converters)))
        session = Session.from_db(connection.alias, self.names, [row[i] for i in self.columns])
        for related in self.related:
            related.populate(row, session)
        return session
