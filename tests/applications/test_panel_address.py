"""The configurations for the proxy name the address at which it reaches the panel."""

import socket

import pytest

from tests.applications.proxies import KINDS

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
