"""Rubbish at the checks of the guard and at the four addresses on an application's host."""

from collections import Counter
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from cloudpanel.applications.guard.door import PAGES
from cloudpanel.applications.models import Application, Visit
from tests.applications.conftest import grafana, lena, trusted_proxy  # noqa: F401
from tests.applications.visits import HOST, ORIGIN, visit
from tests.fuzz import rubbish
from tests.fuzz.rubbish import profile

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("trusted_proxy")]
KINDS = ("nginx", "caddy", "traefik")
OURS = ["HTTP_X_ORIGINAL_URL", "HTTP_X_ORIGINAL_METHOD", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST",
        "HTTP_X_FORWARDED_URI", "HTTP_X_FORWARDED_METHOD", "HTTP_X_FORWARDED_FOR", "HTTP_ACCEPT",
        "HTTP_SEC_FETCH_MODE", "HTTP_ORIGIN", "HTTP_CONNECTION", "HTTP_X_CLOUDPANEL_PROXY"]  # fmt: skip
LIKELY = ["http", "https", "http,https", HOST, f"{HOST}:80", f"{HOST},evil.example", f"{HOST}@evil.example", ORIGIN,
          f"{ORIGIN}/", f"{ORIGIN}//evil.example", f"{ORIGIN}, {ORIGIN}", "GET", "get", "/", "//evil.example",
          "/\\evil.example", "text/html", "navigate", "10.0.0.1, 127.0.0.1", "null"]  # fmt: skip
NAMES = ["cloudpanel_visit_1", "__Host-cloudpanel_visit_1", "cloudpanel_visit_", "cloudpanel_start_1", "a", " ", "é"]
QUERIES = [b"next=//evil.example", b"next=/%5cevil.example", b"ticket=x&ticket=y", b"next=" + b"/" * 8_000]
RIGHT = {
    "HTTP_X_ORIGINAL_URL": f"{ORIGIN}/d?a=1",
    "HTTP_X_ORIGINAL_METHOD": "GET",
    "HTTP_X_FORWARDED_PROTO": "http",
    "HTTP_X_FORWARDED_HOST": HOST,
    "HTTP_X_FORWARDED_URI": "/d?a=1",
    "HTTP_X_FORWARDED_METHOD": "GET",
    "HTTP_X_FORWARDED_FOR": "203.0.113.5",
    "HTTP_ACCEPT": "text/html",
}
values = st.one_of(st.sampled_from(LIKELY), st.sampled_from(LIKELY), rubbish.header)
headers = st.dictionaries(st.sampled_from(OURS), values, max_size=7)
nearly_right = st.dictionaries(st.sampled_from(OURS), values, max_size=2).map(lambda wrong: RIGHT | wrong)
"""As a proxy sends them, but for one or two."""
cookies = st.lists(st.tuples(st.sampled_from(NAMES), rubbish.cookie), max_size=4).map(
    lambda pairs: "; ".join(f"{name}={value}" for name, value in pairs)
)


def leads_nowhere_else(response) -> bool:
    target = urlsplit(response.get("Location", ""))
    own = {urlsplit(django_settings.PUBLIC_URL).netloc, HOST, ""}
    return target.netloc in own and not target.path.startswith("//")


def test_no_check_lets_rubbish_in(grafana):  # noqa: F811
    answered = Counter()

    @profile(20)
    @given(
        kind=st.sampled_from(KINDS),
        method=st.sampled_from(["GET", "GET", "HEAD", "POST"]),
        sent=st.one_of(headers, nearly_right),
        cookie=cookies,
        host=values,
    )
    def check_one(kind, method, sent, cookie, host):
        answer = Client().generic(method, f"/guard/{kind}/", HTTP_HOST=host, HTTP_COOKIE=cookie, **sent)
        answered[answer.status_code] += 1
        assert answer.status_code in (302, 401, 403, 405)
        assert leads_nowhere_else(answer)
        assert answer.status_code == 403 or len(answer.content) < 1024

    check_one()
    assert set(answered) == {302, 401, 403, 405}


def test_a_good_visit_opens_its_own_origin_alone(grafana, lena):  # noqa: F811
    """Whatever else is in the headers, an answer of 200 is for the origin that the proxy named."""
    good, answered = visit(grafana), Counter()

    @profile(20)
    @given(kind=st.sampled_from(KINDS), sent=nearly_right, more=cookies)
    def check_one(kind, sent, more):
        answer = Client().get(f"/guard/{kind}/", HTTP_COOKIE="; ".join(filter(None, (good, more))), **sent)
        answered[answer.status_code] += 1
        assert answer.status_code in (200, 302, 401, 403)
        if answer.status_code == 200:
            assert answer["Remote-User"] == "lena"
            assert "cloudpanel_visit" not in answer["Cookie"]
            named = urlsplit(sent["HTTP_X_ORIGINAL_URL"] if kind == "nginx" else _origin(sent))
            assert (named.scheme, named.hostname, named.port or 80) == ("http", HOST, 80), named

    check_one()
    assert answered[200]
    assert answered[403]


def _origin(sent: dict[str, str]) -> str:
    return f"{sent['HTTP_X_FORWARDED_PROTO']}://{sent['HTTP_X_FORWARDED_HOST']}"


def test_rubbish_on_the_applications_host_opens_nothing(grafana):  # noqa: F811
    @profile(20)
    @given(
        page=st.one_of(
            st.sampled_from(sorted(PAGES)), st.sampled_from(["/", "/login/", "/.cloudpanel/", "/guard/open/"])
        ),
        method=st.sampled_from(["GET", "GET", "HEAD", "POST", "PUT", "OPTIONS"]),
        query=st.one_of(
            rubbish.raw, st.sampled_from([b"next=//evil.example", b"ticket=x&ticket=y", b"next=" + b"/" * 8000])
        ),
        sent=headers,
        cookie=cookies,
    )
    def check_one(page, method, query, sent, cookie):
        query = query.decode("latin-1").replace("#", "")
        answer = Client().generic(method, page, QUERY_STRING=query, HTTP_HOST=HOST, HTTP_COOKIE=cookie, **sent)
        assert answer.status_code < 500
        assert leads_nowhere_else(answer)
        assert not any(
            name.startswith(("cloudpanel_visit", "__Host-cloudpanel_visit")) and answer.cookies[name].value
            for name in answer.cookies
        )

    check_one()
    assert not Visit.objects.exists()
    assert Application.objects.filter(pk=grafana.pk, guard=True, is_active=True).exists()
