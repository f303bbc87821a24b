"""The files for Prometheus, Grafana and fail2ban speak of what the panel really writes."""

import json
import re
from pathlib import Path

import pytest
from django.test import Client

from accounts.models import Event
from cloudpanel.operation import state_metrics
from tests.factories import make_member
from tests.people import Person
from tests.printed import Printed

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy"
NAME = re.compile(r"\bcloudpanel_[a-z_]+")


@pytest.mark.django_db
@pytest.mark.parametrize("file", ["monitoring/rules.yml", "monitoring/grafana.json"])
def test_o16_every_number_that_is_asked_for_is_there(file):
    client = Client(headers={"host": "127.0.0.1:8000"})
    client.get("/login/")
    told = {name for line in client.get("/metrics").content.decode().splitlines() for name in NAME.findall(line)}
    asked = set(NAME.findall((DEPLOY / file).read_text()))
    assert len(asked) > 4
    assert asked <= told | {"cloudpanel_logins_total"}


@pytest.mark.django_db
def test_every_number_of_the_state_is_on_the_dashboard_or_watched_by_a_rule():
    """So that none is counted which nobody looks at."""
    shown = {name for file in (DEPLOY / "monitoring").iterdir() for name in NAME.findall(file.read_text())}
    counted = set(NAME.findall(state_metrics.text().decode()))
    assert len(counted) > 5
    assert counted <= shown


def test_o16_the_dashboard_can_be_imported():
    dashboard = json.loads((DEPLOY / "monitoring" / "grafana.json").read_text())
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids)) > 5
    assert all(target["expr"] for panel in dashboard["panels"] for target in panel["targets"])


@pytest.mark.django_db
def test_o16_fail2ban_finds_the_address_of_a_failed_login_and_no_other(contract, django_capture_on_commit_callbacks):
    (pattern,) = re.findall(r"^failregex = (.*)$", (DEPLOY / "fail2ban" / "cloudpanel.conf").read_text(), re.M)
    failure = re.compile(pattern.replace("<HOST>", r"(?P<host>[0-9a-f.:]+)"))
    lena = Person(make_member(contract, two_factor_required=False))
    with Printed() as log, django_capture_on_commit_callbacks(execute=True):
        forged = 'x", "ip": "198.51.100.7", "y": "'
        agent = {"user-agent": forged}
        lena.post("/login/", {"username": forged, "password": "wrong"}, headers=agent, REMOTE_ADDR="203.0.113.9")
        lena.log_in()
    assert {row["event"] for row in log.rows()} >= {Event.SIGN_IN_PASSWORD, Event.SIGN_IN}
    assert [match["host"] for row in log.text().splitlines() if (match := failure.search(row))] == ["203.0.113.9"]
