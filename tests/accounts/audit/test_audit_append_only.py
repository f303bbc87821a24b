"""The audit log is append-only in the database itself, whoever writes and by whatever road."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from accounts import origin
from accounts.audit import triggers
from accounts.audit.record import record_event
from accounts.models import AuditRow, Event, User
from tests.factories import make_admin

REFUSAL = "audit log is append-only"
sqlite_only = pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own")
postgresql_only = pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's own")


@pytest.fixture
def row(db: None) -> AuditRow:
    return _write("before")


def _write(username: str) -> AuditRow:
    with transaction.atomic():
        record_event(Event.OWNER_CREATED, origin=origin.SERVER, detail={"username": username})
    return AuditRow.objects.latest("pk")


def _refused(sql: str, *params: object) -> None:
    with pytest.raises(IntegrityError, match=REFUSAL), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)


def _kept(row: AuditRow) -> None:
    kept = AuditRow.objects.get(pk=row.pk)
    assert (kept.event, kept.detail, kept.at) == (row.event, row.detail, row.at)


def test_rows_can_be_added(row: AuditRow) -> None:
    assert _write("after").pk > row.pk


def test_save_is_refused(row: AuditRow) -> None:
    row.event = Event.SIGN_IN
    with pytest.raises(IntegrityError, match=REFUSAL), transaction.atomic():
        row.save()
    row.refresh_from_db()
    assert row.event == Event.OWNER_CREATED


def test_a_save_that_writes_nothing_new_is_refused_too(row: AuditRow) -> None:
    with pytest.raises(IntegrityError, match=REFUSAL), transaction.atomic():
        row.save(update_fields=["detail"])


def test_delete_is_refused(row: AuditRow) -> None:
    with pytest.raises(IntegrityError, match=REFUSAL), transaction.atomic():
        AuditRow.objects.get(pk=row.pk).delete()
    _kept(row)


def test_updates_of_a_queryset_are_refused(row: AuditRow) -> None:
    with pytest.raises(IntegrityError, match=REFUSAL), transaction.atomic():
        AuditRow.objects.update(actor_label="somebody else")
    with pytest.raises(IntegrityError, match=REFUSAL), transaction.atomic():
        AuditRow.objects.bulk_update([row], ["detail"])
    _kept(row)


def test_deleting_a_queryset_is_refused(row: AuditRow) -> None:
    for rows in (AuditRow.objects.all(), AuditRow.objects.filter(pk=row.pk)):
        with pytest.raises(IntegrityError, match=REFUSAL), transaction.atomic():
            rows.delete()
    _kept(row)


def test_an_upsert_is_refused(row: AuditRow) -> None:
    forged = AuditRow(pk=row.pk, event=Event.SIGN_IN, outcome="ok")
    with pytest.raises(IntegrityError, match=REFUSAL), transaction.atomic():
        AuditRow.objects.bulk_create([forged], update_conflicts=True, update_fields=["event"], unique_fields=["id"])
    _kept(row)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE accounts_auditrow SET detail = '{}'",
        "UPDATE accounts_auditrow SET id = id + 1000",
        "UPDATE accounts_auditrow SET at = at",
        "DELETE FROM accounts_auditrow",
        "DELETE FROM accounts_auditrow WHERE id > 0",
    ],
)
def test_plain_sql_is_refused(row: AuditRow, sql: str) -> None:
    _refused(sql)
    _kept(row)


@sqlite_only
@pytest.mark.parametrize(
    "sql",
    [
        "REPLACE INTO accounts_auditrow SELECT * FROM accounts_auditrow",
        "INSERT OR REPLACE INTO accounts_auditrow SELECT * FROM accounts_auditrow",
        "UPDATE OR REPLACE accounts_auditrow SET event = 'sign_in'",
        "UPDATE OR IGNORE accounts_auditrow SET event = 'sign_in'",
    ],
)
def test_other_spellings_of_sqlite_are_refused(row: AuditRow, sql: str) -> None:
    _refused(sql)
    _kept(row)


@postgresql_only
@pytest.mark.parametrize(
    "sql",
    [
        "TRUNCATE accounts_auditrow",
        "TRUNCATE accounts_auditrow RESTART IDENTITY CASCADE",
        "WITH gone AS (DELETE FROM accounts_auditrow RETURNING id) SELECT count(*) FROM gone",
    ],
)
def test_other_spellings_of_postgresql_are_refused(row: AuditRow, sql: str) -> None:
    _refused(sql)
    _kept(row)


def test_a_superuser_finds_no_other_way(row: AuditRow) -> None:
    """Every right there is makes no difference: the refusal is the database's."""
    superuser = make_admin()
    assert superuser.has_perm("accounts.delete_auditrow")
    with pytest.raises(IntegrityError, match=REFUSAL), transaction.atomic():
        AuditRow.objects.filter(pk=row.pk).delete()
    _kept(row)


def test_deleting_a_person_keeps_what_they_did(db: None) -> None:
    person = User.objects.create_user("lena", "correct-horse-battery-staple", name="Lena")
    record_event(Event.SIGN_IN, origin=origin.SERVER, actor=person, target=person)
    person.delete()
    assert AuditRow.objects.get().actor_label == "lena"


def test_the_door_lets_deletes_through_and_is_shut_again(row: AuditRow) -> None:
    with triggers.open_door():
        assert AuditRow.objects.filter(pk=row.pk).delete()[0] == 1
    later = _write("later")
    _refused("DELETE FROM accounts_auditrow")
    _kept(later)


def test_the_door_never_lets_a_change_through(row: AuditRow) -> None:
    with pytest.raises(IntegrityError, match=REFUSAL), triggers.open_door():
        AuditRow.objects.update(actor_label="somebody else")
    _refused("DELETE FROM accounts_auditrow")
    _kept(row)


def test_the_door_is_shut_after_a_fault_inside(row: AuditRow) -> None:
    def go_wrong() -> None:
        with triggers.open_door():
            AuditRow.objects.all().delete()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        go_wrong()
    _refused("DELETE FROM accounts_auditrow")
    _kept(row)


@pytest.mark.django_db(transaction=True)
def test_an_open_door_cannot_be_committed() -> None:
    kept = _write("kept")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO accounts_audit_door (id, shut_by) VALUES (1, 2)")
    for forged in ("(2, 1)", "(1, 1)", "(2, 2)"):
        sql = f"INSERT INTO accounts_audit_door (id, shut_by) VALUES {forged}"
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    _refused("DELETE FROM accounts_auditrow")
    _kept(kept)


@pytest.mark.django_db(transaction=True)
def test_triggers_stand_after_a_flush() -> None:
    _write("flushed")
    call_command("flush", interactive=False, verbosity=0)
    assert not AuditRow.objects.exists()
    kept = _write("kept")
    _refused("DELETE FROM accounts_auditrow")
    _kept(kept)


@sqlite_only
@pytest.mark.django_db(transaction=True)
def test_triggers_are_put_back_after_a_table_was_rebuilt() -> None:
    """SQLite rebuilds a table to alter it and drops its triggers; the `migrate` that did so puts them back."""
    kept = _write("kept")
    with connection.schema_editor() as editor:
        editor._remake_table(AuditRow)
    assert _standing() == set()
    call_command("migrate", verbosity=0)
    assert _standing() == _all()
    _refused("UPDATE accounts_auditrow SET detail = '{}'")
    _refused("DELETE FROM accounts_auditrow")
    _kept(kept)


@pytest.mark.django_db(transaction=True)
def test_triggers_stand_after_a_column_was_altered() -> None:
    before = AuditRow._meta.get_field("actor_label")
    after = before.clone()
    after.max_length = 200
    after.set_attributes_from_name("actor_label")
    for old, new in ((before, after), (after, before)):
        with connection.schema_editor() as editor:
            editor.alter_field(AuditRow, old, new)
        call_command("migrate", verbosity=0)
        assert _standing() == _all()


@pytest.mark.django_db(transaction=True)
def test_triggers_stand_after_all_migrations_one_by_one() -> None:
    """Going back behind the migration takes all of it away, going forward brings all of it, without a signal too."""
    assert _standing() == _all()
    leaves = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        MigrationExecutor(connection).migrate([("accounts", "0001_initial")])
        assert _standing() == set()
        triggers.put_back(using="default")
        assert _standing() == set()
    finally:
        MigrationExecutor(connection).migrate(leaves)
    assert _standing() == _all()
    _write("kept")
    _refused("DELETE FROM accounts_auditrow")


def test_going_back_twice_does_no_harm(db: None) -> None:
    triggers.remove(connection)
    triggers.remove(connection)
    assert _standing() == set()
    triggers.install(connection)
    triggers.install(connection)
    assert _standing() == _all()


def _all() -> set[str]:
    if connection.vendor == "sqlite":
        return {"audit_no_update", "audit_no_delete", "audit_no_replace"}
    return {"audit_append_only"}


def _standing() -> set[str]:
    sql = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'accounts_auditrow'"
        if connection.vendor == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE tgrelid = 'accounts_auditrow'::regclass AND NOT tgisinternal"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return {name for (name,) in cursor.fetchall()}


@sqlite_only
@pytest.mark.django_db(transaction=True)
def test_s22_a_connection_without_foreign_keys_cannot_leave_the_door_open() -> None:
    row = _write("kept")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_keys = OFF")
        try:
            with pytest.raises(IntegrityError, match=REFUSAL):
                cursor.execute(triggers._OPEN)
            with pytest.raises(IntegrityError, match=REFUSAL):
                cursor.execute("DELETE FROM accounts_auditrow")
        finally:
            cursor.execute("PRAGMA foreign_keys = ON")
    _kept(row)


@sqlite_only
@pytest.mark.django_db(transaction=True)
def test_s22_a_door_that_an_older_version_left_open_is_shut_by_migrate() -> None:
    row = _write("kept")
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER audit_door_needs_foreign_keys")
        cursor.execute("PRAGMA foreign_keys = OFF")
        cursor.execute(triggers._OPEN)
        cursor.execute("PRAGMA foreign_keys = ON")
    call_command("migrate", verbosity=0)
    _refused("DELETE FROM accounts_auditrow")
    _kept(row)


@postgresql_only
def test_s22_a_session_that_plays_a_replica_is_refused(row: AuditRow) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for sql in ("DELETE FROM accounts_auditrow", "UPDATE accounts_auditrow SET event = 'x'"):
            _refused(sql)
    _kept(row)


@postgresql_only
def test_s22_a_temporary_door_opens_nothing(row: AuditRow) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE accounts_audit_door (id integer, shut_by integer) ON COMMIT DROP")
        cursor.execute("INSERT INTO accounts_audit_door VALUES (1, 2)")
    _refused("DELETE FROM accounts_auditrow")
    _kept(row)
