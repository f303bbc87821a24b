"""/healthz and /readyz answer one word, whoever asks and whatever the Host says."""

import logging
import sqlite3

import pytest
from django.db import OperationalError, connection, connections
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder

from cloudpanel.operation import doctor_storage, health
from cloudpanel.operation.logs import RouteNotAddress

SQLITE = {"ENGINE": "django.db.backends.sqlite3", "OPTIONS": {"uri": True}}


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "word"), [("/healthz", b"alive"), ("/readyz", b"ready")])
@pytest.mark.parametrize("host", ["127.0.0.1:8000", "10.1.2.3", "evil.example.org", "not a host!", ""])
def test_a_probe_gets_one_word_whatever_the_host(client, path, word, host):
    response = client.get(path, headers={"host": host})
    assert (response.status_code, response.content) == (200, word)
    assert response["Content-Type"] == "text/plain"
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies


def test_alive_asks_no_database(client):
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_ready_is_one_question_to_the_database(client, django_assert_num_queries):
    client.get("/readyz")
    with django_assert_num_queries(2 if connection.vendor == "sqlite" else 3):
        client.get("/readyz")


@pytest.mark.django_db
def test_a_missing_migration_is_not_ready(client):
    last = MigrationRecorder(connection).migration_qs.filter(app="accounts").latest("pk")
    last.delete()
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (503, b"unready")


@pytest.mark.django_db
def test_a_lost_database_is_not_ready_but_alive(client, monkeypatch):
    def lost(self):
        raise OperationalError("connection to server at 10.0.0.5 failed: password authentication failed")

    monkeypatch.setattr(MigrationRecorder, "applied_migrations", lost)
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (503, b"unready")
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_only_read(client, path):
    response = client.post(path)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


@pytest.mark.django_db
def test_only_the_exact_addresses_are_probes(client):
    assert client.get("/healthz/").status_code != 200
    assert client.get("/readyz/detail").status_code != 200


def test_f10_a_database_that_takes_no_writes_is_not_ready(client, read_only):
    assert client.get("/readyz").status_code == 200
    read_only()
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (503, b"unready")
    assert client.get("/healthz").status_code == 200


def test_f10_an_operator_is_told_that_the_database_takes_no_writes(read_only):
    assert list(doctor_storage.check_database()) == []
    read_only()
    [finding] = doctor_storage.check_database()
    assert finding.problem == "The database takes no writes."


def test_f10_a_login_into_a_read_only_database_is_a_503_with_a_page(client, read_only):
    read_only()
    client.raise_request_exception = False
    response = client.post("/login/", {"username": "nobody", "password": "not-the-password"})
    assert response.status_code == 503
    assert b"<h1" in response.content


def test_f10_asking_leaves_nothing_behind(client, transactional_db):
    """Neither a transaction nor another patience with a database that is busy."""
    with connection.cursor() as cursor:
        question = "PRAGMA busy_timeout" if connection.vendor == "sqlite" else "SHOW lock_timeout"
        cursor.execute(question)
        before = cursor.fetchone()
        assert client.get("/readyz").status_code == 200
        cursor.execute(question)
        assert cursor.fetchone() == before
    assert connection.get_autocommit()
    assert not connection.in_atomic_block


def test_f10_a_file_opened_for_reading_only_is_not_ready(tmp_path, monkeypatch, transactional_db):
    """As on a file system that was mounted read-only; and a file that somebody writes to is ready."""
    file = tmp_path / "panel.sqlite3"
    with sqlite3.connect(file) as writer:
        writer.execute("CREATE TABLE django_migrations (id INTEGER PRIMARY KEY, app TEXT)")
    for mode, ready in (("ro", False), ("rw", True)):
        alias = DatabaseWrapper({**connections.settings["default"], **SQLITE, "NAME": f"file:{file}?mode={mode}"}, mode)
        monkeypatch.setattr(health, "connection", alias)
        assert health._takes_writes() is ready
        if ready:
            writer.execute("BEGIN IMMEDIATE")
            assert health._takes_writes()
        alias.close()
    writer.close()


@pytest.mark.django_db
def test_o14_a_failed_probe_is_no_error_of_a_request_and_its_change_is_one_line(client, caplog, monkeypatch):
    health._last["serves"] = True
    monkeypatch.setattr("cloudpanel.operation.health.is_ready", lambda: False)
    for handler in logging.getLogger().handlers:
        monkeypatch.setattr(handler, "filters", [*handler.filters, RouteNotAddress()])
    for _ in range(3):
        assert client.get("/readyz").status_code == 503
    monkeypatch.undo()
    assert client.get("/readyz").status_code == 200
    said = [record.getMessage() for record in caplog.records]
    assert said == ["/readyz now says unready.", "/readyz now says ready."]
