"""What a Sentry project is sent: read from a real HTTP server that stands for it."""

import json
import subprocess
import sys
import threading
from gzip import decompress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import sentry_sdk
from django.test import Client

from cloudpanel.configuration import env
from cloudpanel.operation import sentry

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.cloudpanel.failing_urls")]
ROOT = Path(__file__).parents[2]
LONGEST_SECONDS = 60


class Sink(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = decompress(body)
        self.server.seen.append((self.path, str(self.headers), body.decode()))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *args):
        pass


@pytest.fixture
def project(settings):
    """A Sentry project that the panel reports to."""
    server = HTTPServer(("127.0.0.1", 0), Sink)
    server.seen = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.SENTRY_DSN = f"http://0123456789abcdef@127.0.0.1:{server.server_port}/42"
    sentry.start()
    yield server
    sentry_sdk.get_client().close(timeout=LONGEST_SECONDS)
    sentry_sdk.get_global_scope().set_client(None)
    server.shutdown()
    server.server_close()


def event_of(body: str) -> dict:
    """An envelope is lines of JSON: a header, then a header and a body for each item."""
    _header, kind, event = body.strip().splitlines()
    assert json.loads(kind)["type"] == "event"
    return json.loads(event)


def test_o16_a_fault_reaches_the_project_without_what_was_typed_or_what_it_says(project):
    browser = Client(raise_request_exception=False)
    address = "/fail/broken/a-token/?q=typed"
    answer = browser.get(address, headers={"cookie": "sessionid=cookie", "user-agent": "an-agent"})
    assert answer.status_code == 500
    sentry_sdk.flush(timeout=LONGEST_SECONDS)
    [(path, headers, body)] = project.seen
    assert path == "/api/42/envelope/"
    event = event_of(body)
    assert set(event) == set(sentry.SENT)
    assert event["tags"] == {"method": "GET", "request_id": answer["X-Request-Id"]}
    assert event["transaction"] == "fail/<how>/<token>/"
    [fault] = event["exception"]["values"]
    assert (fault["type"], fault["value"]) == ("RuntimeError", "")
    last = fault["stacktrace"]["frames"][-1]
    assert last["filename"] == "tests/cloudpanel/failing_urls.py"
    assert {name for frame in fault["stacktrace"]["frames"] for name in frame} <= {
        *("filename", "lineno", "function", "in_app"),
    }
    for secret in ("a-token", "typed", "cookie", "hunter-two", "an-agent", str(ROOT)):
        assert secret not in headers + body


@pytest.mark.parametrize("how", ["lost", "missing", "forbidden", "suspicious"])
def test_what_is_no_fault_of_the_panel_is_not_sent(project, how):
    Client(raise_request_exception=False).get(f"/fail/{how}/")
    sentry_sdk.flush(timeout=LONGEST_SECONDS)
    assert project.seen == []


def test_a_project_that_is_away_disturbs_nobody(project):
    project.shutdown()
    project.server_close()
    assert Client(raise_request_exception=False).get("/fail/broken/").status_code == 500


def test_without_the_setting_the_package_is_not_even_imported():
    code = "import django, sys; django.setup(); sys.exit('sentry_sdk' in sys.modules)"
    with_settings = {"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": ""}
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=with_settings, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr.decode()


@pytest.mark.parametrize(
    "text",
    ["rubbish", "https://host/42", "https://key@host/", "ftp://key@host/42", "https://key@host/42?x", "key@host"],
)
def test_what_is_no_dsn_stops_the_start_and_is_not_repeated(text):
    found = env.read({"SENTRY_DSN": text})
    assert found.sentry_dsn == ""
    [problem] = [problem for problem in found.problems if problem.startswith("SENTRY_DSN")]
    assert text not in problem


@pytest.mark.parametrize("text", ["https://abc@o1.ingest.sentry.io/42", "http://abc@sentry.lan:9000/under/a/path/7"])
def test_a_dsn_is_taken_as_it_is(text):
    assert env.read({"SENTRY_DSN": text}).sentry_dsn == text


def test_without_the_package_the_start_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    found = env.read({"SENTRY_DSN": "https://abc@sentry.example.com/42"})
    assert found.sentry_dsn == ""
    assert "pip install sentry-sdk" in "".join(found.problems)
