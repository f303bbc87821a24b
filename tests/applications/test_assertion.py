"""`Cloudpanel-Assertion`: signed for one application, verified by what the panel publishes, by two libraries."""

import time

import pytest
from django.test import Client
from django.utils import timezone
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from accounts.models import Session, User
from accounts.origin import SERVER
from cloudpanel.applications.guard import assertions
from cloudpanel.applications.models import Application
from cloudpanel.applications.openid import jwts, keys
from tests.applications.visits import ORIGIN, check, visit
from tests.bench.sql import Sql

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("trusted_proxy")]
HEADER = "Cloudpanel-Assertion"


@pytest.fixture(autouse=True)
def _no_key_of_another_test():
    assertions._key.cache_clear()


@pytest.fixture
def asking(grafana):
    Application.objects.update(assertion=True, last_used_at=timezone.now())
    return grafana


def published() -> KeySet:
    return KeySet.import_key_set(Client().get("/openid/jwks.json").json())


def read(token: str) -> jwt.Token:
    return jwt.decode(token, published(), algorithms=["ES256"])


def test_only_an_application_that_asks_for_it_gets_one(grafana, lena):
    cookie = visit(grafana)
    assert HEADER not in check(cookie)
    Application.objects.update(assertion=True)
    assert check(cookie)[HEADER]


def test_it_says_who_is_there_for_this_application_and_this_minute(asking, lena, settings):
    found = read(check(visit(asking))[HEADER])
    assert found.header["typ"] == "cloudpanel-assertion+jwt"
    user, session = User.objects.get(username="lena"), Session.objects.get(user__username="lena")
    said = found.claims
    assert abs(said.pop("iat") - time.time()) < 5
    assert abs(said.pop("exp") - time.time() - 60) < 5
    assert said == {
        "iss": settings.PUBLIC_URL,
        "aud": ORIGIN,
        "sub": user.subject,
        "sid": session.sid,
        "name": "Lena",
        "preferred_username": "lena",
        "email": "lena@example.com",
        "groups": ["Administrator"],
        "amr": ["pwd"],
        "acr": "urn:cloudpanel:password",
    }


def test_an_owner_is_in_the_owners_group_and_what_names_nothing_is_absent(asking, olivia):
    User.objects.filter(username="owner").update(email="")
    said = read(check(visit(asking, "owner"))[HEADER]).claims
    assert said["groups"] == ["owner"]
    assert "email" not in said


def test_another_librarys_verifier_takes_it(asking, lena):
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
    from fido2.utils import websafe_decode

    head, body, signature = check(visit(asking))[HEADER].split(".")
    raw = websafe_decode(signature)
    numbers = (int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public = next(key for key in published().keys if isinstance(key, ECKey)).public_key
    public.verify(encode_dss_signature(*numbers), f"{head}.{body}".encode(), ECDSA(hashes.SHA256()))


def test_a_changed_one_is_refused(asking, lena):
    head, _, signature = check(visit(asking))[HEADER].split(".")
    other = check(visit(asking))[HEADER].split(".")[1]
    changed = other[:-8] + "AAAAAAAA"
    with pytest.raises((JoseError, ValueError)):
        read(f"{head}.{changed}.{signature}")


def test_it_is_no_id_token_of_the_panel(asking, lena):
    """As a hint at the end of a session."""
    assert jwts.hint(check(visit(asking))[HEADER]) is None


def test_a_check_with_it_is_one_select_and_no_write(asking, lena):
    cookie = visit(asking)
    check(cookie)
    with Sql() as sql:
        assert check(cookie)[HEADER]
    assert sql.queries == 1


def test_all_processes_sign_with_one_key_and_a_replaced_one_stays_published(asking, lena):
    cookie = visit(asking)
    old = check(cookie)[HEADER]
    assertions._key.cache_clear()  # as in another worker
    assert read(check(cookie)[HEADER]).header["kid"] == read(old).header["kid"]
    keys.rotate(origin=SERVER)
    still_held = check(cookie)[HEADER]
    assertions._key.cache_clear()
    new = check(cookie)[HEADER]
    kids = [read(token).header["kid"] for token in (old, still_held, new)]
    assert kids[0] == kids[1] != kids[2]


def test_it_is_switched_on_at_the_guard_page(grafana, olivia):
    page = f"/management/applications/{grafana.pk}/guard/"
    olivia.post(page, {"guard": "on", "assertion": "on"})
    assert Application.objects.get().assertion
    olivia.post(page, {"guard": "on"})
    assert not Application.objects.get().assertion
