"""`manage.py doctor` about applications: each fault is really there."""

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.origin import Origin
from cloudpanel.applications.guard import visits
from cloudpanel.applications.models import Application
from cloudpanel.applications.openid import keys
from cloudpanel.applications.openid.models import Client, Login
from cloudpanel.configuration.public_url import parse_public_url
from cloudpanel.operation import doctor_applications as checks
from tests.commands.test_doctor import problems
from tests.factories import make_application

pytestmark = pytest.mark.django_db


@pytest.fixture
def grafana(contract) -> Application:
    return make_application(contract, "https://grafana.example.com")


@pytest.fixture
def login(grafana, owner) -> Login:
    client = Client.objects.create(application=grafana)
    return Login.objects.create(client=client, user=owner, sid="s", stamp=owner.stamp, subject="x")


def test_a_guard_that_no_proxy_may_ask_is_named(settings, grafana):
    settings.TRUSTED_PROXIES, settings.TRUSTED_UNIX_SOCKETS = [], False
    [problem] = problems(checks.check_guard)
    assert "TRUSTED_PROXIES names no proxy" in problem
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    assert problems(checks.check_guard) == []


def test_without_a_guarded_application_no_proxy_is_missed(settings):
    settings.TRUSTED_PROXIES, settings.TRUSTED_UNIX_SOCKETS = [], False
    assert problems(checks.check_guard) == []


def test_proxies_that_were_refused_are_named_for_a_day(clock, settings):
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    for address in ("192.0.2.8", "192.0.2.7"):
        visits.note_untrusted_peer("nginx", Origin(address))
    [problem] = problems(checks.check_guard)
    assert "192.0.2.7, 192.0.2.8" in problem
    clock.shift(timedelta(days=1, seconds=1))
    assert problems(checks.check_guard) == []


@pytest.mark.parametrize(("client", "found"), [("10.0.0.5", 1), ("192.0.2.7", 0)])
def test_a_proxy_that_names_no_client_is_named(settings, grafana, client, found):
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    settings.CONFIG = replace(settings.CONFIG, public_url=parse_public_url("https://panel.example.com"))
    Application.objects.update(last_check={"proxy": "nginx", "client": client})
    assert len(problems(checks.check_guard)) == found


def test_signing_keys_that_nothing_opens_are_counted(settings):
    keys.make_missing()
    assert problems(checks.check_signing_keys) == []
    settings.TWOFACTOR_KEYS = [Fernet.generate_key().decode()]
    [problem] = problems(checks.check_signing_keys)
    assert "opens 3 of the keys" in problem


@pytest.mark.parametrize(("minutes", "found"), [(14, 0), (16, 1)])
def test_logouts_that_wait_too_long_are_named(login, minutes, found):
    Login.objects.update(ended_at=timezone.now(), due_at=timezone.now() - timedelta(minutes=minutes))
    assert len(problems(checks.check_logouts)) == found


def test_logouts_that_were_given_up_are_counted(login):
    Login.objects.update(ended_at=timezone.now(), due_at=None, outcome="connection", attempts=3)
    [problem] = problems(checks.check_logouts)
    assert problem.startswith("1 times")


def test_the_command_runs_these_checks(settings, grafana, capsys):
    settings.TRUSTED_PROXIES, settings.TRUSTED_UNIX_SOCKETS = [], False
    with pytest.raises(CommandError):
        call_command("doctor")
    said = capsys.readouterr().out
    for subject in ("Guard", "Signing keys", "Back-channel logout"):
        assert subject in said
    assert "TRUSTED_PROXIES names no proxy" in said
