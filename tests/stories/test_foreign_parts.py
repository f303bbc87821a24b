"""Every address, asked for a part without `HX-Request`, with a foreign one, and for a place that no page has."""

import pytest

from tests.accounts.test_access_matrix import World
from tests.architecture.test_views import TABLE
from tests.stories.test_queries import EXPECTED

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

PAGES = [(name, pattern) for name, pattern, _ in TABLE if EXPECTED[name][1] == "200"]
WITHOUT = {"HX-Target": "div#list"}
FOREIGN = {"HX-Request": "yes, please", "HX-Target": "section#more"}
NOWHERE = {"HX-Request": "true", "HX-Target": "div#no-page-has-this"}


@pytest.mark.parametrize(("name", "pattern"), PAGES)
def test_what_asks_for_no_part_of_the_page_gets_the_page(name, pattern):
    who, _, _ = EXPECTED[name]
    world = World()
    address, browser = world.address(pattern), world.people[who].client
    whole = browser.get(address)
    for headers in (WITHOUT, FOREIGN):
        answer = browser.get(address, headers=headers)
        assert (answer.status_code, answer["Content-Type"]) == (whole.status_code, whole["Content-Type"])
        assert "HX-Redirect" not in answer
        if not answer.streaming:
            assert (b"<html" in answer.content) == (b"<html" in whole.content)
    nowhere = browser.get(address, headers=NOWHERE)
    if nowhere.status_code == 204:
        assert nowhere["HX-Redirect"] == address
    else:
        assert (nowhere.status_code, nowhere["HX-Retarget"]) == (200, "body")
        assert b"<html" in nowhere.content
