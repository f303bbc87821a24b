"""The QR code can be scanned from the screen in every look, and the key beside it is the same."""

import re

import pytest

from tests.browser.reading import code_from, scan
from tests.browser.window import DESK, PHONE

pytestmark = pytest.mark.browser

# Zoom makes the window smaller in CSS pixels and each of them bigger: exactly what a browser does at 200 %.
LOOKS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced-colours": {"forced_colors": "active", "color_scheme": "dark"},
    "phone": {"viewport": PHONE, "device_scale_factor": 3, "is_mobile": True, "has_touch": True},
    "plain-phone": {"viewport": PHONE},
    "zoom-200": {"viewport": {side: size // 2 for side, size in DESK.items()}, "device_scale_factor": 2},
}


@pytest.mark.parametrize("look", LOOKS)
def test_the_qr_code_is_read_from_a_screenshot(look, world, open_window):
    page = open_window(**LOOKS[look]).enter(world.paul)
    page.goto("/two-factor/setup/")
    otpauth = scan(page)
    assert re.fullmatch(
        r"otpauth://totp/Cloud%20Panel:paul\?secret=[A-Z2-7]{32}&issuer=Cloud%20Panel&algorithm=SHA1&digits=6&period=30",
        otpauth,
    )
    key = page.locator("#key").inner_text()
    assert re.fullmatch(r"([A-Z2-7]{4} ){7}[A-Z2-7]{4}", key)
    assert key.replace(" ", "") in otpauth
    assert page.locator(".qr img").bounding_box()["width"] >= 200
    page.get_by_label("Code").fill(code_from(otpauth))
    page.get_by_role("button", name="Activate").click()
    page.wait_for_url("**/two-factor/activated/")


def test_on_a_phone_the_link_and_the_key_come_before_the_picture_and_on_a_desk_beside_it(world, open_window):
    page = open_window(viewport=PHONE).enter(world.paul)
    page.goto("/two-factor/setup/")
    link, key, picture = (page.locator(each) for each in ("a[href^=otpauth]", "#key", ".qr"))
    assert link.bounding_box()["y"] < key.bounding_box()["y"] < picture.bounding_box()["y"]
    page.set_viewport_size(DESK)
    assert picture.bounding_box()["x"] < link.bounding_box()["x"]
    assert abs(picture.bounding_box()["y"] - link.bounding_box()["y"]) < 60


def test_a_long_name_of_user_and_contract_leaves_the_code_readable(world, open_window):
    page = open_window(viewport=PHONE).enter(world.wordy_held)
    page.goto("/two-factor/setup/")
    assert "m" * 150 in scan(page)
