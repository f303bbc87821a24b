"""Every address of the URL table with input made up by hypothesis, by people in every state.

Never a server error; and what answers with a refusal, or sends away, has changed no row.
"""

import re
from urllib.parse import quote_from_bytes

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.test.client import encode_multipart
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Contract, Role, User
from accounts.permissions import DISPLAY_PERMISSIONS
from tests.architecture.test_views import TABLE
from tests.factories import make_admin, make_member, make_owner, make_role
from tests.fuzz import rubbish
from tests.fuzz.rubbish import profile
from tests.people import Person
from twofactor.models import Authenticator, RecoveryCode

pytestmark = pytest.mark.django_db
PEOPLE = ["nobody", "code", "setup", "reader", "boss", "owner"]
HEADERS = [
    "HTTP_USER_AGENT", "HTTP_ACCEPT_LANGUAGE", "HTTP_REFERER", "HTTP_ORIGIN", "HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_PROTO", "HTTP_HOST", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE", "HTTP_AUTHORIZATION", "HTTP_ACCEPT",
    "HTTP_X_CSRFTOKEN", "HTTP_CONTENT_ENCODING", "HTTP_X_HTTP_METHOD_OVERRIDE",
]  # fmt: skip
COOKIES = ["sessionid", "csrftoken", "known", "language", "messages"]
METHODS = ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND"]


class World:
    """Somebody in every state at a browser, and rows to work on."""

    def __init__(self) -> None:
        owner = make_owner()
        contract = owner.contracts.get()
        reading = make_role(contract, *DISPLAY_PERMISSIONS)
        self.target = make_member(contract, "target", role=reading, email="target@example.com")
        self.role = make_role(contract, "users.show", name="Looked at")
        self.people = {
            "nobody": Person("nobody"),
            "code": Person(make_member(contract, "code")).enrol().another_browser(),
            "setup": Person(make_member(contract, "setup")),
            "reader": Person(make_member(contract, "reader", role=reading, two_factor_required=False)),
            "boss": Person(make_member(contract, "boss")).enrol(),
            "owner": Person(owner),
        }
        for who in ("code", "setup", "reader", "owner"):
            self.people[who].start_login()

    def address(self, pattern: str, text: bytes) -> str:
        """The rows' own ids; `text` wherever the address takes anything."""
        values = {"user_id": str(self.target.pk), "role_id": str(self.role.pk)}
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values.get(found[1], quote_from_bytes(text) or "x"), pattern)


def rows() -> list[list[tuple]]:
    return [
        list(model.objects.order_by("pk").values_list())
        for model in (User, Role, Contract, Authenticator, RecoveryCode)
    ]


@st.composite
def requests(draw) -> dict:
    """Everything that a request to a given address may bring."""
    made: dict = {"method": draw(st.sampled_from(METHODS[:2] * 4 + METHODS))}
    query = draw(st.one_of(rubbish.raw, rubbish.query.map(urlencoded)))
    made["QUERY_STRING"] = query.decode("latin-1").replace("#", "")
    kind = draw(st.sampled_from(["form", "form", "multipart", "raw"]))
    if kind == "form":
        made["data"], made["content_type"] = urlencoded(draw(rubbish.form)), "application/x-www-form-urlencoded"
    elif kind == "multipart":
        fields = {name: [v.encode("utf-8", "replace").decode() for v in vs] for name, vs in draw(rubbish.form).items()}
        fields = {name.encode("utf-8", "replace").decode(): values for name, values in fields.items()}
        made["data"] = encode_multipart("x", fields)
        made["content_type"] = draw(st.sampled_from(["multipart/form-data; boundary=x"] * 2 + CHARSET_TYPES))
    else:
        made["data"], made["content_type"] = draw(rubbish.raw), draw(rubbish.content_types)
    made["headers"] = draw(st.dictionaries(st.sampled_from(HEADERS), rubbish.header, max_size=2))
    made["cookies"] = draw(st.dictionaries(st.sampled_from(COOKIES), rubbish.cookie, max_size=2))
    return made


CHARSET_TYPES = [f"multipart/form-data; boundary=x; charset={name}" for name in rubbish.CHARSETS]


def urlencoded(fields: dict[str, list[str]]) -> bytes:
    """By the bytes that the text has, wrong surrogates included."""
    pairs = [(name, value) for name, values in fields.items() for value in values]
    return "&".join(f"{percent(name)}={percent(value)}" for name, value in pairs).encode()


def percent(text: str) -> str:
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"))


def send(client: Client, path: str, made: dict):
    """One request; whatever it changed is taken back. What it answered, and whether rows had changed."""
    cookies, point, before = client.cookies.copy(), transaction.savepoint(), rows()
    extra = dict(made["headers"])
    if made["cookies"]:
        kept = {name: morsel.value for name, morsel in client.cookies.items()} | made["cookies"]
        client.cookies.clear()
        extra["HTTP_COOKIE"] = "; ".join(f"{name}={value}" for name, value in kept.items())
    try:
        response = client.generic(
            made["method"], path, made["data"], made["content_type"], QUERY_STRING=made["QUERY_STRING"], **extra
        )
        if response.streaming:
            b"".join(response.streaming_content)
        changed = rows() != before
    finally:
        transaction.savepoint_rollback(point)
        client.cookies = cookies
    return response, changed


def check(response, changed: bool, who: str) -> None:
    assert response.status_code < 500
    if response.status_code != 302 or who in ("nobody", "code", "setup"):
        assert not changed, f"answered {response.status_code}, yet a row was changed"


@pytest.fixture
def world():
    with time_machine.travel("2026-11-25 09:00:10 +0000", tick=False):
        yield World()


@pytest.mark.parametrize(
    ("name", "pattern"), [(name, pattern) for name, pattern, _ in TABLE], ids=[t[0] for t in TABLE]
)
def test_rubbish_at_every_address_is_refused_and_changes_nothing(name, pattern, world):
    @profile()
    @given(who=st.sampled_from(PEOPLE[:3] + PEOPLE[3:] * 2), made=requests(), text=st.binary(max_size=12))
    def check_one(who, made, text):
        check(*send(world.people[who].client, world.address(pattern, text), made), who)

    check_one()


def admin_addresses(patterns=None, route: str = "/"):
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        address = route + str(entry.pattern)
        if isinstance(entry, URLResolver) and (route != "/" or entry.namespace == "admin"):
            yield from admin_addresses(entry.url_patterns, address)
        elif isinstance(entry, URLPattern) and route != "/":
            yield re.sub(r"\(\?P<(\w+)>[^)]*\)\$?", r"<\1>", address).replace("^", "").replace("$", "")


def test_rubbish_in_django_admin_is_refused_and_changes_nothing(world):
    root = Person(make_admin()).enrol()
    addresses = sorted(set(admin_addresses()))
    assert len(addresses) > 10

    @profile(12)
    @given(
        address=st.sampled_from(addresses),
        made=requests(),
        text=st.one_of(st.binary(max_size=12), st.just(str(world.target.pk).encode())),
        who=st.sampled_from(["root", "root", "root", "boss", "code"]),
    )
    def check_one(address, made, text, who):
        client = root.client if who == "root" else world.people[who].client
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: quote_from_bytes(text) or "1", address)
        check(*send(client, path, made), who)

    check_one()
