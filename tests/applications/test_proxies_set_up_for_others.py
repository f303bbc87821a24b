"""The real proxies, set up for other things too: what is set for all of them opens no application of the panel."""

import html
import json

import pytest

from cloudpanel.applications.guard.doubts import SENTENCES
from cloudpanel.applications.models import Application
from tests.applications.proxies import KINDS, free_port, program, proxy
from tests.applications.world import HTML

pytestmark = pytest.mark.django_db(transaction=True)

BESIDE = {
    "nginx": """
  set_real_ip_from 127.0.0.1; real_ip_header X-Forwarded-For; underscores_in_headers on;
  satisfy any; allow 127.0.0.1;
  proxy_intercept_errors on; error_page 403 404 500 502 503 504 =200 /maintenance.html;
  proxy_cache_path {folder}/cache keys_zone=all:1m; proxy_cache all; proxy_cache_valid any 10m;
  proxy_ignore_headers Cache-Control Set-Cookie Vary Expires;
  server {{ listen 127.0.0.1:{port}; server_name other.localhost; return 404; }}
""",
    "caddy": "servers {{\n    trusted_proxies static private_ranges\n  }}",
    "traefik": "forwardedHeaders: {{insecure: true}}",
}


@pytest.fixture(scope="module")
def beside():
    return BESIDE


def test_a_visit_opens_one_application_alone_whatever_host_the_client_claims(world):
    cookie = world.open()
    first, second = world.applications
    Application.objects.filter(pk=second.pk).update(who="roles")  # and no role is listed
    for lines in (
        [f"X-Forwarded-Host: {first.host}"],
        [f"X-Forwarded-Host: {first.host}", "X-Forwarded-Proto: http"],
        [f"X-Original-URL: {first.origin}/", f"Forwarded: host={first.host};proto=http"],
    ):
        assert world.ask("/", cookie, HTML, *lines, application=second).status in (302, 401, 403), lines
    assert world.ask("/", cookie, HTML, f"X-Forwarded-Host: {second.host}").status == 200


def test_the_pages_of_an_application_are_found_whatever_the_client_claims(world):
    second = world.applications[1]
    claims = [f"X-Forwarded-Host: {second.host}", "X-Forwarded-Proto: https"]
    for target in ("/.cloudpanel/start", "/.cloudpanel/status"):
        assert world.ask(target, HTML, *claims).status == world.ask(target, HTML).status, target
    assert world.ask("/.cloudpanel/start", HTML, *claims).status == 302


def test_the_panel_finds_the_configuration_in_order(world):
    cookie = world.open()
    assert world.ask("/", cookie, HTML).status == 200
    world.application.refresh_from_db()
    assert world.application.last_check == {"proxy": world.proxy.kind, "client": "127.0.0.1"}
    page = world.ask("/.cloudpanel/status", HTML, cookie).body.decode()
    assert world.proxy.kind in page
    assert not any(html.escape(str(sentence)) in page for sentence in SENTENCES.values())


def test_the_application_learns_who_is_there_from_the_panel_alone(world):
    cookie = world.open()
    for name in ("Remote_User", "Remote_Name", "Remote_Email", "Remote_Groups", "Cloudpanel_Assertion", "Remote_user"):
        answer = world.ask("/", cookie, f"{name}: forged")
        assert answer.status == 200
        assert ["Remote-User", "lena"] in json.loads(answer.body)["headers"]
        assert b"forged" not in answer.body, name


def test_without_a_visit_nothing_gets_through_and_no_answer_is_kept_for_somebody_else(world):
    assert world.ask("/kept", world.open(), HTML).status == 200
    for lines in ((), (HTML,), ("Remote_User: lena", HTML)):
        answer = world.ask("/kept", *lines)
        assert answer.status in (302, 401), answer
        assert b'"headers"' not in answer.body


def test_an_applications_own_refusal_reaches_the_browser(world):
    answer = world.ask("/forbidden", world.open(), HTML)
    assert (answer.status, json.loads(answer.body)["path"]) == (403, "/forbidden")


@pytest.mark.parametrize("kind", KINDS)
def test_with_the_panel_away_nothing_gets_through(kind, echo_port, tmp_path):
    """No database is asked: there is no panel that could."""
    if not program(kind):
        pytest.skip(f"{kind} is not installed")
    port = free_port()
    ours = {"panel": free_port(), "echo": echo_port, "applications": [(71, f"http://grafana.localhost:{port}")]}
    with proxy(kind, tmp_path, port, **ours, beside=BESIDE[kind]) as alone:
        for target in ("/", "/maintenance.html", "/.cloudpanel/status"):
            for lines in ((), (HTML,), ("Cookie: cloudpanel_visit_71=x", "Remote_User: root")):
                answer = alone.ask(f"grafana.localhost:{port}", target, *lines)
                assert answer.status >= 500, answer
                assert b'"headers"' not in answer.body
