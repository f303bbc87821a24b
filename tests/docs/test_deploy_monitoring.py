"""The files for Prometheus, Grafana and fail2ban speak of what the panel really writes."""

import json
import logging
import re
from pathlib import Path

import pytest
from django.test import Client

from accounts.models import Event
from tests.factories import make_member
from tests.people import Person

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy"
NAME = re.compile(r"\bcloudpanel_[a-z_]+")


@pytest.mark.django_db
@pytest.mark.parametrize("file", ["monitoring/rules.yml", "monitoring/grafana.json"])
def test_every_number_that_is_asked_for_is_there(file):
    client = Client(headers={"host": "127.0.0.1:8000"})
    client.get("/login/")
    told = {name for line in client.get("/metrics").content.decode().splitlines() for name in NAME.findall(line)}
    asked = set(NAME.findall((DEPLOY / file).read_text()))
    assert len(asked) > 4
    assert asked <= told | {"cloudpanel_logins_total"}


def test_the_dashboard_can_be_imported():
    dashboard = json.loads((DEPLOY / "monitoring" / "grafana.json").read_text())
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids)) > 5
    assert all(target["expr"] for panel in dashboard["panels"] for target in panel["targets"])


@pytest.fixture
def lines(caplog) -> list[str]:
    """The rows of the log as the journal gets them."""
    logger = logging.getLogger("cloudpanel.audit")
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)


@pytest.mark.django_db
def test_fail2ban_finds_the_address_of_a_failed_login_and_no_other(contract, lines, django_capture_on_commit_callbacks):
    (pattern,) = re.findall(r"^failregex = (.*)$", (DEPLOY / "fail2ban" / "cloudpanel.conf").read_text(), re.M)
    failure = re.compile(pattern.replace("<HOST>", r"(?P<host>[0-9a-f.:]+)"))
    lena = Person(make_member(contract, two_factor_required=False))
    with django_capture_on_commit_callbacks(execute=True):
        forged = 'x", "ip": "198.51.100.7", "y": "'
        agent = {"user-agent": forged}
        lena.post("/login/", {"username": forged, "password": "wrong"}, headers=agent, REMOTE_ADDR="203.0.113.9")
        lena.log_in()
    rows = [record.getMessage() for record in lines.records if record.name == "cloudpanel.audit"]
    assert {json.loads(row)["event"] for row in rows} >= {Event.SIGN_IN_PASSWORD, Event.SIGN_IN}
    assert [match["host"] for row in rows if (match := failure.search(row))] == ["203.0.113.9"]
