"""Who calls: how a client names itself, how it proves that, and what wrong secrets cost."""

from base64 import b64encode
from datetime import timedelta

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from accounts.models import AuditRow, Event
from cloudpanel.applications.models import Application
from cloudpanel.applications.openid import clients
from cloudpanel.applications.openid.clients import CLIENT_ID_MAX_LENGTH, FREE_FOR_ADDRESS, FREE_HERE
from cloudpanel.applications.openid.digests import digest
from cloudpanel.applications.openid.errors import ProtocolError
from cloudpanel.applications.openid.models import Authentication, Client
from tests.applications.openid.conftest import SECRET, make_client

pytestmark = pytest.mark.django_db
ID = "client-grafana"
OVER_AN_HOUR = timedelta(hours=1, seconds=1)
UNKNOWN = (401, "invalid_client", "The client is not known")
WRONG = (401, "invalid_client", "The client is not known, or its secret is wrong")
UNREADABLE = (401, "invalid_client", "The Authorization header can not be read")


def posted(form: dict | None = None, header: str | None = None, ip: str = "192.0.2.7") -> HttpRequest:
    extra = {} if header is None else {"HTTP_AUTHORIZATION": header}
    return RequestFactory().post("/openid/token/", form or {}, REMOTE_ADDR=ip, **extra)


def basic(text: str, scheme: str = "Basic") -> str:
    return f"{scheme} {b64encode(text.encode()).decode()}"


def in_form(secret: str | None = SECRET, name: str = ID) -> dict:
    return {"client_id": name} | ({} if secret is None else {"client_secret": secret})


def refused(request: HttpRequest) -> tuple[int, str, str]:
    with pytest.raises(ProtocolError) as found:
        clients.authenticated(request)
    return found.value.status, found.value.error, found.value.description


@pytest.mark.parametrize("name", ["", "client-other", "Client-Grafana", "x" * (CLIENT_ID_MAX_LENGTH + 1), f"{ID}\0"])
def test_a_client_is_known_by_its_id_alone(client, name):
    assert clients.named(ID) == client
    assert clients.named(name) is None


def test_an_id_may_have_forty_characters(client, django_assert_num_queries):
    longest = "c" * CLIENT_ID_MAX_LENGTH
    Application.objects.update(client_id=longest)
    assert clients.named(longest) == client
    assert clients.authenticated(posted(in_form(name=longest))) == client
    assert clients.authenticated(posted(header=basic(f"{longest}:{SECRET}"))) == client
    longer = f"{longest}c"
    with django_assert_num_queries(0):
        assert clients.named(longer) is None
        assert refused(posted(in_form(name=longer))) == UNKNOWN
        assert refused(posted(header=basic(f"{longer}:{SECRET}"))) == UNREADABLE


def test_an_application_without_openid_connect_is_no_client(client):
    Application.objects.update(openid=False)
    assert clients.named(ID) is None
    assert refused(posted(in_form())) == WRONG
    assert not AuditRow.objects.filter(event=Event.APPLICATION_SECRET_WRONG).exists()


def test_what_is_found_comes_with_its_application_and_contract(client, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert clients.named(ID).application.contract.name == "Alpha Hosting"
    with django_assert_num_queries(1):
        assert clients.authenticated(posted(in_form())).application.contract.name == "Alpha Hosting"


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_a_secret_is_taken_from_the_header_or_from_the_form(client, scheme):
    assert clients.authenticated(posted(header=basic(f"{ID}:{SECRET}", scheme))) == client
    assert clients.authenticated(posted(in_form())) == client
    assert clients.authenticated(posted({"client_id": ID}, basic(f"{ID}:{SECRET}", scheme))) == client
    assert clients.authenticated(posted(in_form(), "Bearer x")) == client


def test_both_parts_of_the_header_are_form_encoded(client):
    Application.objects.update(client_id="a b:c")
    Client.objects.update(secret=digest("s+e c%:r"))
    assert clients.authenticated(posted(header=basic("a+b%3Ac:s%2Be+c%25:r")))


@pytest.mark.parametrize(
    ("form", "header", "why"),
    [
        ({}, None, UNKNOWN),
        (in_form(name="x" * (CLIENT_ID_MAX_LENGTH + 1)), None, UNKNOWN),
        (in_form(), basic(f"{ID}:{SECRET}"), (400, "invalid_request", "The client secret was sent in two places")),
        ({"client_id": "x"}, basic(f"{ID}:{SECRET}"), (400, "invalid_request", "Two client ids were sent")),
        ({}, "Basic !", UNREADABLE),
        ({}, basic(f"{ID}:{SECRET}").replace("Basic ", "Basic !"), UNREADABLE),
        ({}, "Basic", UNKNOWN),
        ({}, f"Basic {b64encode(bytes([255])).decode()}", UNREADABLE),
        ({}, basic(ID), UNREADABLE),
        ({}, basic(f":{SECRET}"), UNREADABLE),
        ({}, basic(f"{ID}%00:{SECRET}"), UNREADABLE),
        ({}, basic("x" * (CLIENT_ID_MAX_LENGTH + 1) + ":x"), UNREADABLE),
    ],
)
def test_a_call_that_names_no_client_or_two_is_refused_for_that(client, form, header, why):
    assert refused(posted(form, header)) == why


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x"])
def test_a_client_with_a_secret_needs_it(client, secret):
    assert refused(posted(in_form(secret))) == WRONG


def test_a_client_without_any_secret_yet_is_refused(client):
    Client.objects.update(secret="", old_secret="")
    for secret in ("", SECRET):
        assert refused(posted(in_form(secret))) == WRONG


def test_the_old_secret_is_as_good_as_the_new_one_and_no_third(client):
    Client.objects.update(old_secret=digest("old"))
    assert clients.authenticated(posted(in_form("old")))
    assert clients.authenticated(posted(in_form()))
    assert refused(posted(in_form("older"))) == WRONG


def test_a_public_client_sends_none(client):
    Client.objects.update(client_authentication=Authentication.NONE)
    assert clients.authenticated(posted(in_form(None))) == client
    assert refused(posted(in_form())) == WRONG


def test_the_secret_of_one_application_opens_no_other(client, contract):
    make_client(contract, "Wiki", "https://wiki.example.com", secret="that of the wiki")
    assert refused(posted(in_form(name="client-wiki"))) == WRONG
    assert clients.authenticated(posted(in_form("that of the wiki", "client-wiki")))


def test_a_wrong_secret_is_logged_once_a_minute_with_the_application(client):
    for _ in range(3):
        refused(posted(in_form("wrong")))
    row = AuditRow.objects.get(event=Event.APPLICATION_SECRET_WRONG)
    assert (row.ip, row.outcome, row.target_label) == ("192.0.2.7", "refused", "Grafana")
    assert row.contract_id == client.application.contract_id


def test_wrong_secrets_of_two_applications_are_two_rows(client, contract):
    make_client(contract, "Wiki", "https://wiki.example.com")
    for name in (ID, "client-wiki", ID):
        refused(posted(in_form("wrong", name)))
    rows = AuditRow.objects.filter(event=Event.APPLICATION_SECRET_WRONG).order_by("pk")
    assert [row.target_label for row in rows] == ["Grafana", "Wiki"]


def waits(request: HttpRequest) -> int:
    """How long the caller has to wait before its next wrong secret is looked at; 0 for not at all."""
    with pytest.raises(ProtocolError) as found:
        clients.authenticated(request)
    if found.value.status == 401:
        return 0
    said = (found.value.status, found.value.error, found.value.description)
    assert said == (429, "temporarily_unavailable", "Too many failed attempts from this address")
    return found.value.retry_after


def test_ten_wrong_secrets_of_one_client_are_free_and_the_right_one_always_works(clock, client, contract):
    make_client(contract, "Wiki", "https://wiki.example.com")
    answers = [waits(posted(in_form("wrong"))) for _ in range(FREE_HERE + 1)]
    assert answers == [0] * FREE_HERE + [30]
    assert waits(posted(in_form("wrong", "client-wiki"))) == 0
    assert waits(posted(in_form("wrong"), ip="192.0.2.8")) == 0
    assert clients.authenticated(posted(in_form()))
    clock.shift(OVER_AN_HOUR)
    assert [waits(posted(in_form("wrong"))) for _ in range(FREE_HERE + 1)] == answers


def test_a_hundred_wrong_ones_are_free_from_one_address(clock, client):
    answers = [waits(posted(in_form("wrong", f"client-{n}"))) for n in range(FREE_FOR_ADDRESS + 1)]
    assert answers == [0] * FREE_FOR_ADDRESS + [30]
    assert waits(posted(in_form("wrong"), ip="192.0.2.8")) == 0
    clock.shift(OVER_AN_HOUR)
    assert [waits(posted(in_form("wrong", f"client-{n}"))) for n in range(2)] == [0, 0]
