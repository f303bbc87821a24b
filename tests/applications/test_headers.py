"""What proxies and browsers send to a check, read or refused."""

import pytest

from cloudpanel.applications.guard import headers
from cloudpanel.applications.guard.headers import Unclear

ORIGIN = "https://grafana.example.com"


def nginx(url=ORIGIN + "/d?a=1", method="GET", **more):
    return {"HTTP_X_ORIGINAL_URL": url, "HTTP_X_ORIGINAL_METHOD": method, "HTTP_ACCEPT": "text/html"} | more


def caddy(proto="https", host="grafana.example.com", uri="/d?a=1", method="GET", **more):
    names = ("PROTO", "HOST", "URI", "METHOD")
    sent = {f"HTTP_X_FORWARDED_{name}": value for name, value in zip(names, (proto, host, uri, method), strict=True)}
    return sent | {"HTTP_ACCEPT": "text/html"} | more


@pytest.mark.parametrize(("kind", "meta"), [("nginx", nginx()), ("caddy", caddy()), ("traefik", caddy())])
def test_each_kind_is_read_by_the_headers_of_its_own(kind, meta):
    proxied = headers.read(kind, meta)
    assert (proxied.origin, proxied.path, proxied.method, proxied.navigation) == (ORIGIN, "/d?a=1", "GET", True)


@pytest.mark.parametrize(("kind", "meta"), [("nginx", caddy()), ("caddy", nginx()), ("traefik", nginx())])
def test_the_headers_of_the_other_family_are_not_read(kind, meta):
    with pytest.raises(Unclear):
        headers.read(kind, meta)
    mine = {"nginx": nginx(), "caddy": caddy(), "traefik": caddy()}[kind]
    evil = nginx(url="https://evil.example/", method="POST") | caddy(host="evil.example", method="POST")
    assert headers.read(kind, evil | mine).origin == ORIGIN


@pytest.mark.parametrize(
    ("kind", "meta", "name"),
    [
        ("nginx", nginx(), "HTTP_X_ORIGINAL_URL"),
        ("nginx", nginx(), "HTTP_X_ORIGINAL_METHOD"),
        ("caddy", caddy(), "HTTP_X_FORWARDED_PROTO"),
        ("caddy", caddy(), "HTTP_X_FORWARDED_HOST"),
        ("traefik", caddy(), "HTTP_X_FORWARDED_METHOD"),
    ],
)
def test_without_one_of_its_headers_a_request_is_unclear(kind, meta, name):
    with pytest.raises(Unclear):
        headers.read(kind, {key: value for key, value in meta.items() if key != name})


def test_without_a_path_it_is_the_first_page():
    meta = caddy()
    del meta["HTTP_X_FORWARDED_URI"]
    assert headers.read("caddy", meta).path == "/"


@pytest.mark.parametrize(("scheme", "site"), [("wss", ORIGIN), ("ws", ORIGIN.replace("https", "http"))])
def test_a_websocket_is_of_the_site_that_opens_it(scheme, site):
    assert headers.read("traefik", caddy(proto=scheme)).origin == site


@pytest.mark.parametrize("port", [1, 8443, 65535])
def test_nginx_names_the_port_with_the_address(port):
    assert headers.read("nginx", nginx(url=f"{ORIGIN}:{port}/d")).origin == f"{ORIGIN}:{port}"
    assert headers.read("caddy", caddy(host=f"grafana.example.com:{port}")).origin == f"{ORIGIN}:{port}"


@pytest.mark.parametrize(
    "meta",
    [
        caddy(proto="https,http"),
        caddy(proto="https, https"),
        caddy(proto="ftp"),
        caddy(proto=""),
        caddy(proto="HTTPS"),
        caddy(host="grafana.example.com,evil.example"),
        caddy(host="grafana.example.com, grafana.example.com"),
        caddy(host=""),
        caddy(host="grafana.example.com:"),
        caddy(host="grafana.example.com:0"),
        caddy(host="grafana.example.com:65536"),
        caddy(host="grafana.example.com:70000"),
        caddy(host="user@grafana.example.com"),
        caddy(host="grafana.example.com/evil"),
        caddy(host="grafana.example.com "),
        caddy(host="gr\u00e4fana.example.com"),
        caddy(method=""),
        caddy(method="GET,GET"),
        caddy(method="GET POST"),
        caddy(method="CONNECT"),
        caddy(method="connect"),
        caddy(method="CONNECT", HTTP_UPGRADE="h2c"),
    ],
)
def test_what_can_be_read_in_two_ways_is_unclear(meta):
    with pytest.raises(Unclear):
        headers.read("caddy", meta)


def test_a_connect_is_read_where_the_proxy_makes_a_websocket_of_it():
    assert headers.read("caddy", caddy(method="CONNECT", HTTP_UPGRADE="websocket")).method == "CONNECT"
    with pytest.raises(Unclear):
        headers.read("nginx", nginx(method="CONNECT"))


@pytest.mark.parametrize(
    "url",
    ["", "grafana.example.com/", "ftp://a/", "https://a@b/", "https://a:b/", "https://a/,https://b/",
     "https://a, https://b", "https://ahttp://evil/", "https://a*", "//a/", "https:///x"],
)  # fmt: skip
def test_an_address_that_is_none_is_unclear(url):
    with pytest.raises(Unclear):
        headers.read("nginx", nginx(url=url))


@pytest.mark.parametrize(("scheme", "host", "origin"), [
    ("https", "Grafana.Example.com:443", ORIGIN),
    ("https", "grafana.example.com:8443", ORIGIN + ":8443"),
    ("http", "localhost:80", "http://localhost"),
])  # fmt: skip
def test_an_origin_is_spelled_as_it_is_stored(scheme, host, origin):
    assert headers.origin_of(scheme, host) == origin


@pytest.mark.parametrize(
    "path",
    ["", "//evil.example", "/\\evil.example", "https://evil.example", "evil", "/a\r\nSet-Cookie: x=1", "/" + "a" * 8192,
     "/.cloudpanel/start", "/\u00e4", "/a b\x00"],
)  # fmt: skip
def test_a_path_that_could_lead_elsewhere_becomes_the_first_page(path):
    assert headers.local_path(path) == "/"


@pytest.mark.parametrize(("length", "same"), [(headers.PATH_MAX_LENGTH, True), (headers.PATH_MAX_LENGTH + 1, False)])
def test_a_path_has_a_length_at_most(length, same):
    path = "/" + "a" * (length - 1)
    assert headers.local_path(path) == (path if same else "/")


def test_a_navigation_is_a_page_that_a_person_waits_for():
    assert headers.read("nginx", nginx(HTTP_SEC_FETCH_MODE="navigate")).navigation
    assert headers.read("nginx", nginx(method="HEAD")).navigation
    assert not headers.is_navigation("GET", {})
    for meta in (
        nginx(method="POST"),
        nginx(HTTP_ACCEPT="application/json"),
        nginx(HTTP_SEC_FETCH_MODE="cors"),
        nginx(HTTP_SEC_FETCH_MODE="websocket"),
    ):
        assert not headers.read("nginx", meta).navigation


def test_the_guards_cookies_are_taken_and_all_others_left():
    sent = "a=1; __Host-cloudpanel_visit_7=x; cloudpanel_visit_8=y; __Host-cloudpanel_start_7=n; b=2=3"
    for secure, visits in ((True, {7: "x"}), (False, {8: "y"})):
        found = headers.cookies(sent, secure=secure)
        assert found.visits == visits, "a neighbour's cookie, without the prefix, is no visit on https"
        assert found.others == "a=1; b=2=3"
    assert headers.cookies("cloudpanel_visit_7=x=y", secure=False).visits == {7: "x=y"}


@pytest.mark.parametrize("before", ["\xa0", "\x85", "\u2000", "\x1f", "%20"])
def test_no_white_space_makes_a_cookie_of_this_host_of_a_neighbours(before):
    for text in (before, before.encode().decode("latin-1")):
        assert headers.cookie(f"{text}__Host-a=evil; __Host-a=own", "__Host-a") == "own"
        assert headers.cookie(f"{text}__Host-a=evil", "__Host-a") == ""
        with pytest.raises(Unclear):
            headers.cookies(f"{text}__Host-cloudpanel_visit_7=evil", secure=True)
    assert headers.cookie("__Host-a=1; __Host-a=2", "__Host-a") == ""


def test_a_browser_has_fifty_visits_at_most():
    def header(count):
        return "; ".join(f"cloudpanel_visit_{number}=x" for number in range(1, count + 1))

    assert len(headers.cookies(header(headers.COOKIES_AT_MOST), secure=False).visits) == 50
    with pytest.raises(Unclear):
        headers.cookies(header(headers.COOKIES_AT_MOST + 1), secure=False)


@pytest.mark.parametrize(
    "header",
    [
        "cloudpanel_visit_7=x; cloudpanel_visit_7=y",
        "a=1,__Host-cloudpanel_visit_7=x",
        "a=__Host-cloudpanel_visit_7",
        "; ".join(f"cloudpanel_visit_{number}=x" for number in range(1, 60)),
    ],
)
def test_a_visit_that_is_there_twice_or_hidden_is_unclear(header):
    with pytest.raises(Unclear):
        headers.cookies(header, secure=False)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("lena", "lena"),
        ("", ""),
        ("Zo\u00eb M", "Zo%C3%AB M"),
        ("50 % \u00e4", "50 %25 %C3%A4"),
        ("%6Fwner", "%256Fwner"),
        ("a\r\nb", "a%0D%0Ab"),
    ],
)
def test_identity_is_printable_ascii(text, sent):
    assert headers.header_value(text) == sent


@pytest.mark.parametrize(
    ("name", "sent"),
    [("Editors", "Editors"), ("Sales, North", "Sales%2C North"), ("a,b,\u00e4", "a%2Cb%2C%C3%A4")],
)
def test_one_group_is_never_read_as_two(name, sent):
    assert headers.group_value(name) == sent
