"""Several at once and import in a real browser: by script and without, for everybody, at every width."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import open_window  # noqa: F401
from tests.browser.test_every_page import faults, too_wide
from tests.browser.window import NARROWEST, PHONE
from tests.factories import make_member, make_owner, make_role
from tests.people import Person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CSV = """username,name,email,role
nina,Nina Neu,nina@example.com,Administrator
user0,User Zero,,Low
a b,Bad,,Nobodies
"""


@pytest.fixture
def desk(open_window, live_server) -> Callable[..., Page]:  # noqa: F811
    owner = make_owner()
    contract = owner.contracts.get()
    role = make_role(contract, "users.show", name="Low")
    for number in range(3):
        make_member(contract, f"user{number}", role=role)

    def open_desk(**options) -> Page:
        person = Person(owner)
        person.log_in()
        return open_window(**options).enter(person)

    return open_desk


def look(page: Page) -> None:
    assert faults(page) == []
    page.set_viewport_size(NARROWEST)
    assert too_wide(page) == []


def test_all_are_selected_at_once_and_deactivated(desk):
    page = desk()
    page.goto("/management/users/")
    assert faults(page) == []
    page.get_by_label("Select all").check()
    page.get_by_role("button", name="Deactivate").click()
    page.get_by_role("heading", name="3 users are affected").wait_for()
    assert faults(page) == []
    page.get_by_role("button", name="Deactivate").click()
    page.get_by_text("3 users were deactivated.").wait_for()


def test_without_script_rows_are_selected_one_by_one(desk):
    page = desk(java_script_enabled=False, viewport=PHONE)
    page.goto("/management/users/")
    page.get_by_label("Select user1").check()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("heading", name="1 user is affected").wait_for()
    page.get_by_role("button", name="Delete 1 user").click()
    page.get_by_text("1 user was deleted.").wait_for()


def test_a_file_is_looked_at_and_its_refused_rows_taken_away(desk):
    page = desk(color_scheme="dark")
    page.goto("/management/users/import/")
    assert faults(page) == []
    page.get_by_label("CSV file").set_input_files({"name": "u.csv", "mimeType": "text/csv", "buffer": CSV.encode()})
    page.get_by_role("button", name="Preview import").click()
    page.get_by_text("1 will be created, 1 will be changed, 0 unchanged, 1 error").wait_for()
    look(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the rows with errors").click()
    assert "reason" in download.value.path().read_text()


def test_the_forms_of_a_user_are_for_everybody(desk):
    page = desk()
    page.goto("/management/users/")
    page.get_by_role("link", name="User1").click()
    address = page.url
    for name in ("sessions", "email", "password"):
        page.goto(f"{address}{name}/")
        look(page)
