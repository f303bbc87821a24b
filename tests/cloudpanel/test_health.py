"""/healthz and /readyz answer one word, whoever asks and whatever the Host says."""

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder


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
    with django_assert_num_queries(2):
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
