"""What a migration waits for, and what it never lets anybody else wait for (PostgreSQL)."""

import threading
import time

import pytest
from django.db import connection, connections, transaction

from accounts.management import table_locks
from accounts.models import User

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite locks the whole file"),
]


def in_a_thread(work) -> threading.Thread:
    def close_after() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=close_after)
    thread.start()
    return thread


def test_o04_while_it_waits_for_one_table_the_others_are_released_again():
    reading, released = threading.Event(), threading.Event()

    def reads_for_long() -> None:
        with transaction.atomic():
            User.objects.count()
            reading.set()
            time.sleep(table_locks.PATIENCE_SECONDS * 2)
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM accounts_auditrow")
            released.set()

    reader = in_a_thread(reads_for_long)
    assert reading.wait(10)
    with table_locks.held(connection):
        assert released.is_set(), (
            "whoever reads gets to the end, although it needs tables that were asked for meanwhile"
        )
    reader.join()


def test_o04_a_transaction_that_never_ends_is_named_and_nothing_is_changed(monkeypatch):
    monkeypatch.setattr(table_locks, "GIVE_UP_SECONDS", 0)
    reading, over = threading.Event(), threading.Event()

    def never_ends() -> None:
        with transaction.atomic():
            User.objects.count()
            reading.set()
            over.wait(20)

    reader = in_a_thread(never_ends)
    assert reading.wait(10)
    try:
        with pytest.raises(table_locks.Busy, match="left open"), table_locks.held(connection):
            pass
    finally:
        over.set()
        reader.join()


def test_o04_the_time_limit_of_locks_ends_with_taking_them():
    with table_locks.held(connection), connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)
