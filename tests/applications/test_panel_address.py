"""The panel's own address: in the configurations for the proxy, and beside applications on the same machine."""

import socket

import pytest
from django.test import Client

from cloudpanel.applications.models import Application
from tests.applications.proxies import KINDS
from tests.factories import make_application

pytestmark = pytest.mark.django_db


def configuration(olivia, grafana, kind="nginx", **environ):
    return olivia.client.get(f"/management/applications/{grafana.pk}/guard/{kind}/", **environ).content.decode()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_the_configurations_name_the_address_at_which_the_proxy_reaches_the_panel(olivia, grafana, host):
    named = f"[{host}]" if ":" in host else host
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as server, socket.create_connection(server.getsockname()[:2]):
        panel = f"{named}:{server.getsockname()[1]}"
        accepted = server.accept()[0]
        with accepted:
            shown = {kind: configuration(olivia, grafana, kind, **{"gunicorn.socket": accepted}) for kind in KINDS}
    assert f"    server {panel} max_fails=1 fail_timeout=2s;  # yours: the panel; one" in shown["nginx"]
    assert f"forward_auth {panel} {{  # yours: the panel\n" in shown["caddy"]
    assert f"address: http://{panel}/guard/traefik/  # yours: the panel\n" in shown["traefik"]
    assert not [kind for kind, text in shown.items() if ":8000" in text]


def test_behind_a_unix_socket_the_configurations_ask_for_the_address(olivia, grafana):
    here, there = socket.socketpair(socket.AF_UNIX)
    with here, there:
        text = configuration(olivia, grafana, "caddy", **{"gunicorn.socket": here})
    assert text.count("127.0.0.1:8000") == text.count("yours: replace it by the panel's host and port") == 2


def test_another_server_than_gunicorn_says_the_port_of_the_settings(olivia, grafana, monkeypatch):
    monkeypatch.delenv("PORT", raising=False)
    assert "server 127.0.0.1:8000 " in configuration(olivia, grafana)
    monkeypatch.setenv("PORT", "8120")
    assert "server 127.0.0.1:8120 " in configuration(olivia, grafana)


def test_on_one_machine_an_application_has_the_name_that_the_panel_does_not_have(olivia, contract):
    """`PUBLIC_URL` is http://127.0.0.1:8000."""
    made = {"name": "Guarded", "origin": "http://localhost:9901", "preset": "other", "guard": "on"}
    assert olivia.post("/management/applications/create/", made).status_code == 302
    assert Application.objects.get().origin == made["origin"]


def test_only_the_guards_urls_at_that_name_are_the_applications(contract):
    make_application(contract, "http://localhost:9901")
    application, other_port = Client(HTTP_HOST="localhost:9901"), Client(HTTP_HOST="localhost:9902")
    assert "/guard/open/" in application.get("/.cloudpanel/start?to=/")["Location"]
    assert other_port.get("/.cloudpanel/start").status_code == 404
    assert application.get("/login/").status_code == other_port.get("/login/").status_code == 200


def test_the_panels_own_host_asks_no_database_and_has_none_of_the_guards_urls(contract, django_assert_num_queries):
    make_application(contract, "http://127.0.0.1:8000")
    with django_assert_num_queries(0):
        assert Client(HTTP_HOST="127.0.0.1:8000").get("/.cloudpanel/start").status_code == 404
