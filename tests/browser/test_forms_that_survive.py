"""Forms opened in another contract, another person's link, and password fields, in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_every_page import faults
from tests.browser.window import PHONE
from tests.factories import make_contract

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_f05_a_form_of_another_contract_leads_back_with_what_was_typed(world, open_window, scheme):
    alpha, _ = world.owner.contracts.get(), make_contract(world.owner, "Beta Mail")
    window = open_window(color_scheme=scheme, viewport=PHONE)
    page = window.enter(world.olivia)
    page.goto("/contracts/")
    page.get_by_role("button", name=alpha.name).click()
    page.goto("/management/roles/create/")
    page.get_by_label("Name").fill("Support")
    other_tab = window.context.new_page()
    other_tab.goto("/contracts/")
    other_tab.get_by_role("button", name="Beta Mail").click()
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This form belongs to another contract")
    assert faults(page) == []
    page.get_by_role("button", name=f"Switch to {alpha.name}").click()
    expect(page.get_by_label("Name")).to_have_value("Support")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_f16_another_persons_link_offers_to_log_out_first(world, open_window, scheme):
    page = open_window(color_scheme=scheme, viewport=PHONE).enter(world.olivia)
    link = world.ids_for("olivia")["reset_link"]
    page.goto(link)
    assert faults(page) == []
    page.get_by_role("main").get_by_role("button", name=f"Log {world.owner.username} out").click()
    page.wait_for_url(f"**{link}")
    expect(page.get_by_text("is logged in in this browser")).to_have_count(0)


@pytest.mark.parametrize(
    "path", ["/profile/password/", "/confirm/?next=/profile/", "/management/users/{user_id}/password/"]
)
def test_f27_the_username_beside_a_password_is_out_of_the_way(world, open_window, path):
    page = open_window().enter(world.olivia)
    page.goto(path.format(**world.ids_for("olivia")))
    field = page.locator("main input[autocomplete=username]")
    assert field.bounding_box()["width"] <= 1
    assert faults(page) == []
    reached = []
    for _ in range(30):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.autocomplete"))
    assert "username" not in reached
    assert "new-password" in reached or "current-password" in reached
