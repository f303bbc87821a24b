"""The server's log: one JSON object a line, with the id of the request, and nothing that was typed or is secret."""

import json
import re
from collections.abc import Iterator
from ipaddress import ip_network

import pytest
from django.test import Client

from cloudpanel.operation.logs import TextLines
from tests.factories import PASSWORD
from tests.printed import Printed

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.cloudpanel.failing_urls")]
OWN_ID = re.compile(r"[0-9a-f]{16}")


@pytest.fixture
def log() -> Iterator[Printed]:
    with Printed() as made:
        yield made


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def test_every_answer_names_the_request_and_no_two_are_alike(client):
    named = [client.get(address)["X-Request-Id"] for address in ("/login/", "/login/", "/nothing/", "/healthz")]
    assert all(OWN_ID.fullmatch(found) for found in named)
    assert len(set(named)) == len(named)


def test_a_request_id_of_a_stranger_is_not_taken(client):
    assert OWN_ID.fullmatch(client.get("/login/", headers={"x-request-id": "chosen-by-me"})["X-Request-Id"])


@pytest.mark.parametrize(
    ("given", "taken"), [("4f1c09a2-b7d3", True), ("short", False), ("a" * 65, False), ('12345678"\n{}', False)]
)
def test_a_trusted_proxy_names_the_request_by_letters_and_digits(client, settings, given, taken):
    settings.TRUSTED_PROXIES = [ip_network("127.0.0.1")]
    found = client.get("/login/", headers={"x-request-id": given})["X-Request-Id"]
    assert (found == given) == taken
    assert taken or OWN_ID.fullmatch(found)


@pytest.mark.django_db(transaction=True)
def test_o16_all_lines_of_a_request_have_its_id(client, log, settings, owner):
    settings.ACCESS_LOG = True
    answer = client.post("/login/", {"username": owner.username, "password": "not the password"})
    assert {row["request_id"] for row in log.rows()} == {answer["X-Request-Id"]}
    assert {row.get("event") for row in log.rows()} == {"sign_in_password", None}


def test_o16_a_fault_is_one_line_with_the_route_and_the_id_that_its_page_names(client, log):
    answer = client.get("/fail/broken/a-token/?q=typed")
    (row,) = log.rows()
    assert row["message"] == "Internal Server Error: fail/<how>/<token>/"
    assert row["exception"].startswith("Traceback")
    assert "a-token" not in log.text()
    assert "typed" not in log.text()
    assert row["request_id"] == answer["X-Request-Id"]
    assert answer["X-Request-Id"] in answer.content.decode()


def test_o16_an_access_line_names_the_route_the_answer_and_how_long_it_took(client, log, settings):
    settings.ACCESS_LOG = True
    client.get("/password/reset/MQ/a-secret-token/?next=/typed/")
    (row,) = log.rows()
    assert (row["access"], row["status"], row["ip"]) == ("GET", 404, "127.0.0.1")
    assert row["ms"] > 0
    assert "a-secret-token" not in log.text()
    assert "typed" not in log.text()


def test_probes_and_an_access_log_that_is_off_write_nothing(client, log, settings):
    client.get("/login/")
    settings.ACCESS_LOG = True
    client.get("/healthz")
    assert log.text() == ""


def test_nobody_writes_a_line_of_their_own_into_the_log(client, log, settings, django_capture_on_commit_callbacks):
    settings.ACCESS_LOG = True
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/login/", {"username": 'x\n{"event": "sign_in"}', "password": PASSWORD})
    assert sorted(row.get("event", "") for row in log.rows()) == ["", "sign_in_password"]


def test_a_terminal_gets_text_and_rows_of_the_audit_log_as_json(client, settings):
    settings.ACCESS_LOG = True
    with Printed(TextLines()) as log:
        answer = client.get("/fail/broken/")
    fault, *trace, access = log.text().splitlines()
    assert "ERROR django.request: Internal Server Error: fail/<how>/" in fault
    assert trace[0].startswith("Traceback")
    assert json.loads(access.rpartition(" request_id=")[0])["status"] == 500
    assert access.endswith(answer["X-Request-Id"])
