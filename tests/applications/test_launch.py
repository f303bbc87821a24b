"""`/applications/`: tiles of what the person who is logged in may open."""

import re

import pytest

from cloudpanel.applications.models import Preset
from tests.factories import make_application, make_contract, make_member, make_owner
from tests.people import Person, words

pytestmark = pytest.mark.django_db
TILE_MARK = re.compile(r'card tile".*?<span class="initials" aria-hidden="true">(.*?)</span>', re.DOTALL)


@pytest.fixture
def lena(contract):
    person = Person(make_member(contract, two_factor_required=False))
    person.log_in()
    return person


def test_everybody_sees_what_they_may_open(contract, lena, olivia):
    make_application(contract, "http://a.localhost", name="For all")
    make_application(contract, "http://b.localhost", name="For others", who="roles")
    make_application(contract, "http://c.localhost", name="Switched off", guard=False)
    make_application(contract, "http://d.localhost", name="Disabled", is_active=False)
    make_application(make_contract(make_owner("other")), "http://e.localhost", name="Foreign")
    assert [found.name for found in lena.get("/applications/").context["applications"]] == ["For all"]
    assert [found.name for found in olivia.get("/applications/").context["applications"]] == ["For all", "For others"]


def test_a_tile_has_the_icon_of_its_preset_and_initials_where_there_is_none(contract, lena):
    for preset in Preset:
        make_application(contract, f"http://{preset}.localhost", name=f"Our {preset}", preset=preset)
    marks = [mark.strip() for mark in TILE_MARK.findall(lena.get("/applications/").content.decode())]
    assert len(marks) == len(Preset)
    assert [mark for mark in marks if not mark.startswith("<svg")] == ["OO"]
    assert len(set(marks)) == len(Preset)


def test_an_empty_page_says_whom_to_ask(lena):
    assert "ask the account owner, Olivia Owner" in words(lena.get("/applications/"))
