"""Moments at which browsers go wrong: Back after log-out, double clicks, codes left unsaved, two phones at once."""

import re

import pytest
from playwright.sync_api import Dialog, Locator, Page, expect

from accounts.models import AuditRow
from tests.browser.reading import code_from, scan
from tests.browser.steps import enter_code, log_in, log_out
from tests.browser.window import CHROMIUM_ARGS, Window
from tests.people import CODE, code_of

pytestmark = pytest.mark.browser

PRIVATE = ("/", "/management/users/", "/two-factor/activated/", "/profile/security/")


@pytest.fixture
def remembering_window(browser, chromium, live_server):
    """Like somebody's own browser, it keeps pages in memory for Back; Playwright switches that off."""
    own = browser.browser_type.launch(
        executable_path=chromium,
        args=CHROMIUM_ARGS,
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield Window(own, live_server.url)
    own.close()


def test_back_after_log_out_shows_nothing_private(world, remembering_window):
    """C43: pages after logout (chicago-tool-library/circulate#334)."""
    window = remembering_window
    page = window.enter(world.new_codes)
    private = [*world.new_codes.codes, "Lena Lang", "Recent logins"]
    for address in ("/two-factor/activated/", "/", "/management/users/", "/profile/security/"):
        assert page.goto(address).headers["cache-control"] == "no-store"
    cookies = window.context.cookies()
    log_out(page)
    page.wait_for_url("**/login/*")
    for _ in PRIVATE:
        page.go_back()
        assert "/login/" in page.url
        assert not [word for word in private if word in page.content()]
    window.context.add_cookies(cookies)
    for address in PRIVATE:
        response = page.request.get(address, max_redirects=0)
        assert response.status == 302, address
        assert "/login/" in response.headers["location"]


def double_click(page: Page, button: str) -> None:
    """Twice within the same moment, without waiting for what the first click does."""
    page.get_by_role("button", name=button, exact=True).dblclick(no_wait_after=True)


def told_that_it_is_used(page: Page) -> Locator:
    """Without script nothing keeps a browser from giving the first click up before its answer, and the cookie, came."""
    return page.get_by_text("You have already logged in with this code.")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_double_click_on_activate_activates_once_and_shows_the_codes(script, world, open_window):
    page = open_window(java_script_enabled=script).enter(world.paul)
    page.goto("/two-factor/setup/")
    page.get_by_label("Code").fill(code_from(scan(page)))
    double_click(page, "Activate")
    codes = page.locator("#codes")
    expect(codes if script else codes.or_(told_that_it_is_used(page))).to_be_visible()
    if codes.is_visible():
        assert len(CODE.findall(codes.inner_text())) == 10
    assert AuditRow.objects.filter(event="two_factor_activated", target_label="paul").count() == 1


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_double_click_on_log_in_logs_in_once(script, world, open_window):
    page = open_window(java_script_enabled=script).enter(world.pending_login)
    page.goto("/login/code/")
    page.get_by_label("Code").fill(code_of(world.lena.key))
    double_click(page, "Log in")
    overview = page.get_by_role("heading", name="Overview", level=1)
    expect(overview if script else overview.or_(told_that_it_is_used(page))).to_be_visible()
    assert AuditRow.objects.filter(event="sign_in", target_label="lena", outcome="ok").count() == 2  # setup, login


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_double_click_on_the_password_step_goes_on_to_the_code(script, world, open_window):
    page = open_window(java_script_enabled=script).page
    page.goto("/login/")
    page.get_by_label("Username").fill("lena")
    page.get_by_label("Password", exact=True).fill(world.lena.password)
    double_click(page, "Log in")
    expect(page.get_by_role("heading", name="Enter your code")).to_be_visible()


def test_a_button_is_dead_while_its_form_is_on_its_way(world, open_window):
    page = open_window().enter(world.paul)
    page.goto("/two-factor/setup/")
    page.evaluate("document.addEventListener('submit', event => event.preventDefault())")  # it stays on its way
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_role("button", name="Activate")).to_be_disabled()


@pytest.fixture
def activated(world, open_window) -> tuple[Page, list[str]]:
    """The page with the ten codes, touched once (browsers ask nothing on pages that nobody has touched)."""
    page = open_window().enter(world.new_codes)
    asked: list[str] = []
    page.goto("/two-factor/activated/")
    page.get_by_role("heading", level=1).click()
    return page, asked


def stay(asked: list[str]):
    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    return answer


def test_leaving_the_codes_unsaved_asks_once(activated):
    page, asked = activated
    page.on("dialog", stay(asked))
    page.evaluate("setTimeout(() => { location.href = '/profile/' }, 0)")
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    expect(page).to_have_url(re.compile("/two-factor/activated/$"))


def test_next_waits_for_the_tick_and_then_asks_nothing(activated):
    page, asked = activated
    page.on("dialog", stay(asked))
    expect(page.get_by_role("button", name="Next")).to_be_disabled()
    page.get_by_label("I have saved these codes").check()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    assert asked == []


@pytest.mark.parametrize("way", ["Download", "Print", "Copy"])
def test_leaving_after_the_codes_were_saved_asks_nothing(way, activated):
    page, asked = activated
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("window.print = () => {}")
    page.on("dialog", stay(asked))
    page.get_by_text(way, exact=True).click()
    page.wait_for_load_state("networkidle")
    page.evaluate("setTimeout(() => { location.href = '/profile/' }, 0)")
    page.wait_for_url("**/profile/")
    assert asked == []


def test_a_new_phone_takes_over_only_when_it_is_proved(world, open_window):
    """The story's item 8: the old app works until then, and no more from that moment on."""
    old, desk = world.lena.key, open_window().enter(world.lena)
    desk.goto("/profile/security/")
    desk.get_by_role("link", name="Set up on a new phone").click()
    new = scan(desk)
    elsewhere = open_window().page
    log_in(elsewhere, "lena")
    enter_code(elsewhere, code_of(old), "Log in")
    expect(elsewhere.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    enter_code(desk, code_from(new), "Activate")
    desk.wait_for_url("**/two-factor/activated/")
    new_codes = CODE.findall(desk.locator("#codes").inner_text())
    assert len(set(new_codes) - set(world.lena.codes)) == 10
    elsewhere.reload()
    expect(elsewhere).to_have_url(re.compile("/login/"))
    log_in(elsewhere, "lena")
    enter_code(elsewhere, code_of(old, 1), "Log in")
    expect(elsewhere.get_by_label("Code")).to_have_attribute("aria-invalid", "true")
    elsewhere.get_by_label("Code").press_sequentially(code_from(new, 1))
    expect(elsewhere.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    assert AuditRow.objects.filter(event="two_factor_moved", target_label="lena").count() == 1
