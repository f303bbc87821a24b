"""The files in docs/deploy agree with each other: whom the panel trusts, and where the proxy finds it."""

import re
from ipaddress import ip_address, ip_network
from pathlib import Path

DEPLOY = Path(__file__).parents[2] / "docs/deploy"
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
