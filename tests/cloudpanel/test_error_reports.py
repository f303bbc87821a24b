"""A fault is reported to the operator once, and a report has nothing of what was typed or what the fault says."""

import pytest
from django.core import mail
from django.test import Client

from accounts.models import OutgoingMail
from accounts.outbox import faults

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.cloudpanel.failing_urls")]


@pytest.fixture
def client(settings) -> Client:
    settings.ERROR_REPORTS_TO = "ops@example.com"
    return Client(raise_request_exception=False)


def reports() -> list[dict]:
    return list(OutgoingMail.objects.filter(kind="fault").values_list("facts", flat=True))


def test_o16_a_fault_is_mailed_with_where_it_was_and_the_id_that_the_page_names(client, sends):
    answer = client.get("/fail/broken/a-token/?q=typed", headers={"cookie": "sessionid=cookie"})
    sends()
    (sent,) = mail.outbox
    assert sent.to == ["ops@example.com"]
    text = str(sent.message())
    assert answer["X-Request-Id"] in text
    assert "RuntimeError" in sent.subject
    assert "fail/<how>/<token>/" in sent.subject
    assert "tests/cloudpanel/failing_urls.py" in text
    for secret in ("a-token", "typed", "cookie", "hunter-two"):
        assert secret not in text


def test_the_same_fault_is_reported_once_an_hour(client):
    for _ in range(3):
        client.get("/fail/broken/")
    assert len(reports()) == 1


def test_there_are_not_more_than_so_many_an_hour(db, settings):
    for number in range(faults.AN_HOUR + 5):
        faults.post("ops@example.com", {"place": str(number)})
    assert len(reports()) == faults.AN_HOUR


@pytest.mark.parametrize("how", ["lost", "missing", "forbidden", "suspicious"])
def test_what_is_no_fault_of_the_panel_is_not_reported(client, how):
    client.get(f"/fail/{how}/")
    assert reports() == []


def test_nobody_is_told_where_nobody_is_named(client, settings):
    settings.ERROR_REPORTS_TO = ""
    assert client.get("/fail/broken/").status_code == 500
    assert reports() == []


def test_where_the_report_cannot_be_written_the_page_is_the_same_and_the_log_says_so(client, read_only, caplog):
    read_only()
    assert client.get("/fail/broken/").status_code == 500
    assert "A report of a fault could not be written." in caplog.messages
