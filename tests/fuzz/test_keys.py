"""The JSON that keys.js posts, made up: a refusal with a sentence, never a server error, and no row changed."""

import json
import time

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Attempts, User
from tests.factories import make_member, make_owner
from tests.fuzz import rubbish
from tests.fuzz.rubbish import profile
from tests.twofactor.keys.browser import AUTHENTICATE, REGISTER, Browser
from tests.twofactor.keys.token import ORIGIN, Token
from twofactor.keys.models import SecurityKey

pytestmark = pytest.mark.django_db
leaf = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), rubbish.text)
anything = st.recursive(
    leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(rubbish.text, inner, max_size=3)
)
PLACES = [
    ("credential",), ("name",), ("password",), ("next",), ("purpose",), ("credential", "id"), ("credential", "rawId"),
    ("credential", "type"), ("credential", "response"), ("credential", "response", "clientDataJSON"),
    ("credential", "response", "attestationObject"), ("credential", "response", "authenticatorData"),
    ("credential", "response", "signature"), ("credential", "response", "userHandle"),
    ("credential", "response", "transports"), ("credential", "clientExtensionResults"),
    ("credential", "clientExtensionResults", "credProps"),
]  # fmt: skip


@pytest.fixture
def world():
    with override_settings(PUBLIC_URL=ORIGIN):
        lena, token = Browser(make_member(make_owner().contracts.get())).enrol(), Token()
        lena.register(token)
        yield lena, token


def begin_anew(lena):
    """Long runs outlast the five minutes of a confirmation, and failures would soon leave nothing but waits."""
    session = lena.client.session
    session["confirmed_at"] = int(time.time())
    session.save()
    Attempts.objects.all().delete()


def spoilt(body, place, value):
    body = json.loads(json.dumps(body))
    inner = body
    for name in place[:-1]:
        inner = inner.setdefault(name, {})
    inner[place[-1]] = value
    return json.dumps(body)


def state():
    return list(SecurityKey.objects.values_list("name", "credential_id")), list(User.objects.values_list("stamp"))


@pytest.mark.parametrize("address", [REGISTER, AUTHENTICATE])
def test_one_place_of_a_good_answer_with_anything_in_it(world, address):
    lena, token = world

    @profile(6)
    @given(st.sampled_from(PLACES), anything)
    def run(place, value):
        begin_anew(lena)
        options = lena.send(f"{address}options/").json()
        new = Token()
        body = {"credential": new.register(options) if address == REGISTER else token.use(options)}
        before = state()
        answer = lena.send(f"{address}verify/", spoilt(body, place, value))
        assert answer.status_code in (200, 400)
        if answer.status_code != 200:
            assert state() == before
        SecurityKey.objects.exclude(credential_id=before[0][0][1]).delete()
        User.objects.update(key_count=1)

    run()


@pytest.mark.parametrize("step", ["options", "verify"])
@pytest.mark.parametrize("address", [REGISTER, AUTHENTICATE])
def test_bytes_that_are_no_json_at_all(world, address, step):
    lena, _token = world

    @profile(2)
    @given(rubbish.raw)
    def run(body):
        before = state()
        answer = lena.client.post(f"{address}{step}/", body, content_type="application/json")
        assert answer.status_code in (200, 302, 400, 429)
        assert state() == before

    run()
