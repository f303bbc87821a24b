"""The version: one place, shown on every page, in /metrics and by a command, and read once."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from cloudpanel.operation import metrics
from tests.people import Person

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
SHOWN = f"Version {VERSION}"


def test_the_settings_have_the_version_of_pyproject():
    assert VERSION == settings.VERSION


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "de"])
def test_the_page_to_log_in_and_the_error_pages_show_it(client, language):
    for path in ("/login/", "/nobody/knows/this/"):
        assert SHOWN in client.get(path, headers={"accept-language": language}).content.decode()


@pytest.mark.django_db
@pytest.mark.urls("tests.cloudpanel.failing_urls")
@pytest.mark.parametrize("how", ["broken", "lost"])
def test_a_page_that_is_drawn_without_the_request_shows_it(how):
    assert SHOWN in Client(raise_request_exception=False).get(f"/fail/{how}/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_o16_the_panel_shows_it(olivia: Person):
    assert SHOWN in olivia.get("/overview/").content.decode()


def test_django_admin_shows_it(admin_client):
    page = admin_client.get("/admin/", follow=True)
    assert SHOWN in page.content.decode()


@pytest.mark.parametrize("shared", [False, True])
def test_prometheus_reads_it(monkeypatch, tmp_path, shared):
    if shared:
        monkeypatch.setenv(metrics.METRICS, str(tmp_path))
    assert f'cloudpanel_build_info{{version="{VERSION}"}} 1.0\n' in metrics.text().decode()


@pytest.mark.parametrize("word", ["version", "--version"])
def test_o16_the_command_prints_it_without_any_settings(word):
    command = [sys.executable, "manage.py", word]
    environment = {"PUBLIC_URL": "nonsense", "CLOUDPANEL_ENV": "/nonexistent"}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.startswith(f"Cloud Panel {VERSION} (Django ")


@pytest.mark.django_db
def test_no_page_reads_the_file(client, monkeypatch):
    monkeypatch.setattr("cloudpanel.version.PYPROJECT", ROOT / "nowhere")
    assert client.get("/login/").status_code == 200
    assert b"build_info" in metrics.text()
