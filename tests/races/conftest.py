"""Twenty threads on one database, as twenty browsers at the same moment."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.db import connection, connections

THREADS = 20


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel("2026-11-25 09:00:10 +0000", tick=False):
        yield


@pytest.fixture(autouse=True)
def _a_database_that_threads_share(transactional_db) -> None:
    """Committed for real; what was written is flushed afterwards."""
    name = str(connection.settings_dict["NAME"])
    assert "memory" not in name, "threads would each see a database of their own"


def is_waiting() -> bool:
    """Whether some transaction waits for a lock (PostgreSQL)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return cursor.fetchone()[0] > 0


@pytest.fixture
def at_once() -> Callable:
    """Runs the same work for every item, all started at the same moment; the answers in the order of the items."""

    def run(work: Callable, items: list) -> list:
        gate = threading.Barrier(len(items))

        def one(item):
            try:
                gate.wait(timeout=30)
                return work(item)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(items)) as pool:
            return list(pool.map(one, items))

    return run
