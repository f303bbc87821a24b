"""The files in docs/deploy agree with each other: whom the panel trusts, and where the proxy finds it."""

import re
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER

from cloudpanel.applications.guard.configurations import all_for
from cloudpanel.operation.serving import DRAIN_SECONDS

DEPLOY = Path(__file__).parents[2] / "docs/deploy"
GUNICORN = DEPLOY.parents[1] / "cloudpanel/operation/gunicorn_conf.py"
CADDY_SECONDS, TRAEFIK_SECONDS = 120, 90
"""How long these keep an idle connection if their configuration does not say."""
SHOWN = {shown.kind: shown.text for shown in all_for(1, "https://grafana.example.com", "")}
COMPOSE = (DEPLOY / "compose.yaml").read_text()


def found(pattern: str, text: str = COMPOSE) -> str:
    match = re.search(pattern, text)
    assert match, pattern
    return match[1]


def address_of(service: str) -> str:
    return found(rf"(?s)\n  {service}:\n.*?front: {{ipv4_address: ([\d.]+)}}")


def test_s20_the_compose_file_trusts_the_proxy_alone():
    trusted, proxy = found(r"TRUSTED_PROXIES: (\S+)"), address_of("proxy")
    assert trusted == proxy
    assert ip_address(proxy) in ip_network(found(r"subnet: ([\d./]+)"))
    assert ip_address(proxy) not in ip_network(found(r"ip_range: ([\d./]+)")), "another container could get it"


def test_s20_the_proxy_of_the_compose_file_finds_the_panel():
    nginx = (DEPLOY / "nginx.conf").read_text()
    replaced, here = found(r"sed (s/\S+/)").split("/")[1:3]
    assert f"server {replaced} " in nginx
    assert here == f"{address_of('panel')}:8000"
    for path in re.findall(r"ssl_certificate(?:_key)? (\S+);", nginx):
        assert f":{path}:ro" in COMPOSE


def test_o15_containers_have_housekeeping():
    assert "manage.py housekeeping" in COMPOSE
    assert "manage.py retention" in COMPOSE


@pytest.mark.parametrize("text", [(DEPLOY / "nginx.conf").read_text(), SHOWN["nginx"]], ids=["panel", "guard"])
def test_nginx_gives_up_an_idle_connection_before_the_panel_closes_it(text):
    """Also before one that is draining, and one that stops: else a POST can meet the end of its connection."""
    upstream = found(r"upstream (?:panel|cloudpanel_1) {([^}]*)}", text)
    seconds = float(found(r"keepalive_timeout (\d+)s;", upstream))
    assert seconds < min(STOP_KEEPALIVE_LINGER, DRAIN_SECONDS)
    assert re.search(r"keepalive \d+;", upstream)
    for location in re.findall(r"(?s)location [^{]*{([^}]*)}", text):
        if re.search(r"proxy_pass http://(panel|cloudpanel_1)[/;]", location):
            assert "proxy_http_version 1.1;" in location
            assert 'proxy_set_header Connection "";' in location


@pytest.mark.parametrize("text", [(DEPLOY / "nginx.conf").read_text(), SHOWN["nginx"]], ids=["panel", "guard"])
def test_nginx_reads_heads_of_16_kb_wherever_it_asks_the_panel(text):
    """Its default of 4 kB takes a longer head for the fault of a server, and asks that server no more."""
    servers = [server for server in re.split(r"(?m)^ *server {$", text)[1:] if "proxy_pass" in server]
    assert servers
    for server in servers:
        around = re.sub(r"(?s)location [^{]*{[^}]*}", "", server)
        assert "proxy_buffer_size 16k;" in around
        assert "proxy_buffers 8 16k;" in around
    assert text.count("proxy_buffer") == 2 * len(servers), "no location has others"


def test_the_panel_keeps_idle_connections_longer_than_any_proxy():
    kept = float(found(r"(?m)^keepalive = (\d+)", GUNICORN.read_text()))
    assert kept > max(CADDY_SECONDS, TRAEFIK_SECONDS)
    assert not any("keepalive" in SHOWN[kind].lower() for kind in ("caddy", "traefik")), "their defaults hold"
