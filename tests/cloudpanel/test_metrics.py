"""/metrics: what Prometheus may read, who may read it, and that nothing of a person is in it."""

import re
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from accounts.models import AuditRow, Event, Outcome, OutgoingMail
from cloudpanel.applications.openid.models import Login
from cloudpanel.configuration import env
from cloudpanel.operation import metrics
from tests.applications.openid.conftest import make_client
from tests.factories import make_member, make_owner
from tests.people import Person, words

TOKEN = "a-token-of-enough-length"
DIRECT = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1:8000"}


def samples(client: Client | None = None) -> dict[tuple[str, ...], float]:
    response = (client or Client(headers={"host": "127.0.0.1:8000"})).get("/metrics")
    assert response.status_code == 200
    families = text_string_to_metric_families(response.content.decode())
    return {(s.name, *(s.labels[k] for k in sorted(s.labels))): s.value for f in families for s in f.samples}


def more(before: dict, *key: str) -> float:
    return samples().get(key, 0) - before.get(key, 0)


@pytest.mark.parametrize(
    ("change", "allowed"),
    [
        ({}, True),
        ({"REMOTE_ADDR": "::1", "HTTP_HOST": "[::1]:8000"}, True),
        ({"HTTP_HOST": "localhost"}, True),
        ({"REMOTE_ADDR": "10.1.2.3"}, False),
        ({"REMOTE_ADDR": ""}, False),
        ({"HTTP_HOST": "panel.example.com"}, False),
        ({"HTTP_HOST": ""}, False),
        ({"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, False),
        ({"HTTP_X_FORWARDED_PROTO": "https"}, False),
        ({"HTTP_X_REAL_IP": "127.0.0.1"}, False),
        ({"HTTP_FORWARDED": "for=127.0.0.1"}, False),
        ({"HTTP_VIA": "1.1 proxy"}, False),
        ({"REMOTE_ADDR": "10.1.2.3", "HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}, True),
        ({"HTTP_X_FORWARDED_FOR": "10.1.2.3", "HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}, True),
        ({"REMOTE_ADDR": "10.1.2.3", "HTTP_AUTHORIZATION": f"Bearer {TOKEN}x"}, False),
        ({"REMOTE_ADDR": "10.1.2.3", "HTTP_AUTHORIZATION": f"Basic {TOKEN}"}, False),
        ({"REMOTE_ADDR": "10.1.2.3", "HTTP_AUTHORIZATION": "Bearer é\udc80".encode("utf-8", "ignore").decode()}, False),
    ],
)
def test_who_may_read(change, allowed):
    assert metrics.may_read(DIRECT | change, TOKEN) is allowed


@pytest.mark.parametrize("given", ["Bearer ", "Bearer", ""])
def test_without_a_token_none_is_right(given):
    assert not metrics.may_read({"REMOTE_ADDR": "10.1.2.3", "HTTP_AUTHORIZATION": given}, "")


@pytest.mark.django_db
def test_to_everybody_else_it_is_an_address_that_does_not_exist(client, settings):
    settings.METRICS_TOKEN = TOKEN
    settings.ALLOWED_HOSTS = ["panel.example.com"]
    stranger = {"REMOTE_ADDR": "10.1.2.3", "headers": {"host": "panel.example.com"}}
    refused, nowhere = client.get("/metrics", **stranger), client.get("/no-such-page", **stranger)
    assert refused.status_code == nowhere.status_code == 404
    assert words(refused) == words(nowhere)
    with_token = stranger | {"headers": stranger["headers"] | {"authorization": f"Bearer {TOKEN}"}}
    assert client.get("/metrics", **with_token).status_code == 200
    assert client.post("/metrics", **with_token).status_code == 404


@pytest.mark.django_db
def test_o16_it_says_what_waits_in_the_outbox_and_sets_no_cookie(client):
    OutgoingMail.objects.create(kind="notice")
    OutgoingMail.objects.create(kind="notice", failure="silent", attempts=3, finished_at=timezone.now())
    response = client.get("/metrics", headers={"host": "127.0.0.1:8000"})
    assert response["Content-Type"].startswith("text/plain")
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies
    found = response.content.decode()
    assert "cloudpanel_mails_waiting 1.0" in found
    assert "cloudpanel_mails_given_up 1.0" in found
    assert "cloudpanel_mails_oldest_seconds " in found


@pytest.mark.django_db
def test_o16_it_says_whether_this_server_can_serve(client):
    def away(*_):
        raise OperationalError

    def ready() -> str:
        found = client.get("/metrics", headers={"host": "127.0.0.1:8000"}).content.decode()
        return next(line for line in found.splitlines() if line.startswith("cloudpanel_ready "))

    assert ready() == "cloudpanel_ready 1.0"
    with connection.execute_wrapper(away):
        assert ready() == "cloudpanel_ready 0.0"


@pytest.mark.django_db
def test_where_the_database_can_t_be_asked_the_counts_are_there_all_the_same(client):
    def away(*_):
        raise OperationalError

    with connection.execute_wrapper(away):
        found = client.get("/metrics", headers={"host": "127.0.0.1:8000"}).content.decode()
    assert "cloudpanel_requests" in found
    assert "cloudpanel_mails" not in found
    assert "cloudpanel_logouts" not in found


@pytest.mark.django_db
def test_it_says_how_many_applications_were_told_that_a_session_is_over(client, contract):
    registered, user, now = make_client(contract), make_member(contract), timezone.now()
    old = now - timedelta(days=2)
    kinds = [
        {"ended_at": now, "outcome": "told"},
        {"ended_at": now, "outcome": "told"},
        {"ended_at": now, "outcome": "silent", "attempts": 3},
        {"ended_at": now, "outcome": "silent", "attempts": 1, "due_at": now},
        {"ended_at": now, "due_at": now},
        {"ended_at": now},
        {"ended_at": old, "outcome": "told"},
        {"ended_at": old, "outcome": "silent", "attempts": 3},
        {},
    ]
    for number, kind in enumerate(kinds):
        Login.objects.create(client=registered, user=user, sid=f"{number}", stamp=0, subject="x", **kind)
    found = client.get("/metrics", headers={"host": "127.0.0.1:8000"}).content.decode()
    assert "cloudpanel_logouts_waiting 2.0" in found
    assert "cloudpanel_logouts_told 2.0" in found
    assert "cloudpanel_logouts_given_up 1.0" in found


@pytest.mark.django_db
def test_requests_are_counted_by_view_and_status(client):
    before = samples()
    client.get("/login/")
    client.get("/management/users/")
    client.get("/nobody/knows/this/")
    assert more(before, "cloudpanel_requests_total", "200", "login") == 1
    assert more(before, "cloudpanel_requests_total", "302", "users") == 1
    assert more(before, "cloudpanel_requests_total", "404", "none") == 1
    assert more(before, "cloudpanel_request_seconds_count") == 3


@pytest.mark.django_db
def test_probes_and_the_reading_itself_are_not_counted(client):
    before = samples()
    client.get("/healthz")
    client.get("/readyz")
    assert more(before, "cloudpanel_request_seconds_count") == 0


@pytest.mark.django_db(transaction=True)
def test_log_ins_by_outcome_and_waits():
    owner = make_owner()
    before = samples()
    Person(owner).log_in()
    for _ in range(6):
        Person(owner, password="wrong").start_login()
    Person("nobody-of-this-name").start_login()
    assert more(before, "cloudpanel_logins_total", "success") == 1
    assert more(before, "cloudpanel_logins_total", "wrong_password") == 6
    assert more(before, "cloudpanel_waits_total") == 1


@pytest.mark.django_db(transaction=True)
def test_wrong_and_used_codes():
    person = Person(make_member(make_owner().contracts.get())).enrol()
    person.log_in()
    before = samples()
    other = person.another_browser()
    other.start_login()
    other.post("/login/code/", {"code": "000000"})
    assert more(before, "cloudpanel_logins_total", "wrong_code") == 1


def test_other_rows_of_the_log_count_nothing():
    before = metrics.text()
    metrics.count_event(None, row=AuditRow(event=Event.USER_NAME, outcome=Outcome.OK))
    assert re.sub(rb".*_created.*\n", b"", metrics.text()) == re.sub(rb".*_created.*\n", b"", before)


@pytest.mark.django_db(transaction=True)
def test_nothing_of_a_person_is_in_it():
    owner = make_owner("hidden-name", name="Hidden Person")
    Person(owner, ip="10.9.8.7").log_in()
    Client().get("/management/users/471147114711/?q=hidden-search")
    text = metrics.text().decode()
    assert 'outcome="success"' in text
    for word in ("hidden", "Hidden", "10.9.8.7", "471147114711", "Alpha"):
        assert word not in text


@pytest.mark.parametrize("given", ["short", "x" * 19])
def test_a_short_token_is_refused_at_the_start(given, tmp_path):
    config = env.read({"METRICS_TOKEN": given}, tmp_path)
    assert config.metrics_token == ""
    assert any(reason.startswith("METRICS_TOKEN is too short") for reason in config.problems)


def test_the_token_may_come_from_a_file(tmp_path):
    (tmp_path / "token").write_text(TOKEN + "\n")
    assert env.read({"METRICS_TOKEN_FILE": str(tmp_path / "token")}, tmp_path).metrics_token == TOKEN
