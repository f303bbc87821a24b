"""The owner's day with script switched off: what script does in place, pages do one after the other."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.browser.steps import create_user, log_in, log_out
from tests.factories import make_application, make_many, make_member, make_owner

pytestmark = pytest.mark.browser

CSV = {
    "name": "users.csv",
    "mimeType": "text/csv",
    "buffer": b"username,name,email,role\nada,Ada Abel,ada@example.com,Administrator\nlena,Lena Lange,,\n",
}


@pytest.fixture
def contract(live_server):
    contract = make_owner().contracts.get()
    for username, name in (("lena", "Lena Lang"), ("nina", "Nina Novak"), ("paul", "Paul Pending")):
        make_member(contract, username, name=name)
    return contract


@pytest.fixture
def desk(contract, open_window) -> Page:
    page = open_window(java_script_enabled=False, viewport={"width": 1366, "height": 768}).page
    log_in(page, "owner")
    page.get_by_role("link", name="Users", exact=True).click()
    return page


def test_users_are_found_filtered_and_sorted(desk):
    desk.locator("#search").fill("l")
    desk.get_by_role("button", name="Search").click()
    expect(desk.locator("[data-row]")).to_have_count(2)
    desk.get_by_label("Status").select_option("Deactivated")
    desk.get_by_role("button", name="Search").click()
    expect(desk.locator("#list").get_by_text("No users match this search.")).to_be_visible()
    desk.get_by_role("link", name="Status: Deactivated").click()
    expect(desk.locator("[data-row]")).to_have_count(2)
    desk.locator("[data-sort=name]").click()
    expect(desk.locator("[data-row] th").first).to_contain_text("Paul Pending")


def test_one_user_is_looked_at_changed_and_deactivated_by_the_menu_of_the_row(desk):
    desk.get_by_role("link", name="Lena Lang").click()
    desk.get_by_role("link", name="Change name").click()
    desk.get_by_label("Name", exact=True).fill("Lena Lange")
    desk.get_by_role("button", name="Save changes").click()
    expect(desk.get_by_text("The name of lena was changed.")).to_be_visible()
    row = desk.locator("[data-row]", has=desk.get_by_role("link", name="Lena Lange"))
    row.locator("details summary").click()
    row.get_by_role("link", name="Deactivate").click()
    desk.get_by_role("radio", name="Deactivated").check()
    desk.get_by_role("button", name="Save changes").click()
    expect(desk.locator("[data-row].current .col-state")).to_have_text("Deactivated")
    assert not User.objects.get(username="lena").is_active


def test_several_are_asked_about_and_changed(desk):
    for name in ("lena", "paul"):
        desk.get_by_role("checkbox", name=f"Select {name}").check()
    desk.get_by_role("button", name="Deactivate", exact=True).click()
    expect(desk.get_by_role("heading", name="2 users are affected")).to_be_visible()
    desk.get_by_role("button", name="Deactivate 2 users").click()
    expect(desk.get_by_text("2 users were deactivated.")).to_be_visible()


def test_all_who_match_are_changed_batch_by_batch(contract, desk):
    make_many(contract, 150)
    desk.goto("/management/users/?q=many")
    desk.get_by_role("checkbox", name="Select many0000").check()  # the bar is there for whoever selects
    desk.get_by_role("checkbox", name="Select all 150 matching").check()
    desk.get_by_role("button", name="Deactivate", exact=True).click()
    desk.get_by_role("button", name="Deactivate 150 users").click()
    expect(desk.get_by_text("100 of 150 users done")).to_be_visible()
    desk.get_by_role("button", name="Continue").click()
    expect(desk.get_by_text("150 users were deactivated.")).to_be_visible()
    assert desk.url.endswith("?q=many")


def test_a_file_is_imported(desk):
    desk.get_by_role("link", name="Import", exact=True).click()
    expect(desk.get_by_text("Or drag the file onto this page.")).to_be_hidden()
    desk.get_by_label("CSV file").set_input_files([CSV])
    desk.get_by_role("button", name="Preview import").click()
    desk.get_by_role("button", name="Import", exact=True).click()
    expect(desk.get_by_text("Import complete: 1 created, 1 changed.")).to_be_visible()


def test_roles_applications_logs_and_sessions_are_worked_with(contract, desk):
    make_application(contract)
    create_user(desk, name="Ada Abel", username="ada")
    for page, shown in (("Roles", "Administrator"), ("Logs", "ada")):
        desk.get_by_role("link", name=page, exact=True).click()
        expect(desk.locator("#list").get_by_text(shown).first).to_be_visible()
    desk.goto("/management/applications/?q=graf")
    desk.get_by_role("link", name="Grafana").click()
    expect(desk.get_by_role("heading", name="Grafana", level=1)).to_be_visible()
    desk.goto("/management/users/")
    desk.get_by_role("link", name="Ada Abel").click()
    desk.get_by_role("link", name="All sessions").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Sessions of ada")
    log_out(desk)
    expect(desk.get_by_text("You have logged out.")).to_be_visible()
