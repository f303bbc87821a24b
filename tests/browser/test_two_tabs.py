"""F05: one owner, two contracts, a tab for each. What htmx puts into a page belongs to the contract that it names."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.world import World
from tests.factories import make_contract, make_member

pytestmark = pytest.mark.browser

USERS = "/management/users/"


def switch_to(page: Page, name: str) -> None:
    page.goto("/contracts/")
    page.get_by_role("main").get_by_role("button", name=name).click()
    expect(page.locator("ol.breadcrumb")).to_contain_text(name)


@pytest.fixture
def tabs(world: World, open_window) -> tuple[Page, Page]:
    """The first one shows a list of Alpha, the second one has switched to Beta."""
    beta = make_contract(world.contract.owner, "Beta Mail")
    make_member(beta, "bert", name="Bert Beta")
    window = open_window(viewport={"width": 1366, "height": 768})
    first = window.enter(world.olivia)
    switch_to(first, world.contract.name)
    first.goto(USERS)
    second = window.context.new_page()
    switch_to(second, "Beta Mail")
    return first, second


@pytest.mark.parametrize("act", ["filter", "search", "row"])
def test_f05_a_list_of_alpha_becomes_the_whole_page_of_the_contract_one_works_in(act, tabs, world):
    first, _second = tabs
    expect(first.locator("ol.breadcrumb")).to_contain_text(world.contract.name)
    if act == "filter":
        first.get_by_label("Status").select_option("active")
    elif act == "search":
        first.get_by_role("searchbox").fill("b")
    else:
        first.get_by_role("link", name="Lena Lang").click()
        expect(first.get_by_role("main")).to_contain_text("Beta Mail")
        expect(first.locator("#more")).to_have_count(0)
        return
    expect(first.locator("ol.breadcrumb")).to_contain_text("Beta Mail")
    expect(first.get_by_role("link", name="Bert Beta")).to_be_visible()
    expect(first.locator("ol.breadcrumb")).not_to_contain_text(world.contract.name)
