"""The pictures in docs/screenshots, made from a demo contract by `python -m tests.browser.screenshots [NAME…]`.

Each main page light and dark, on a desk and on a phone. Nothing but the pictures is left behind.
"""

import io
import os
import sys
from datetime import timedelta
from pathlib import Path

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
django.setup()

from django.test.utils import setup_databases, setup_test_environment, teardown_databases  # noqa: E402
from django.utils import timezone  # noqa: E402
from PIL import Image  # noqa: E402
from playwright.sync_api import Browser, sync_playwright  # noqa: E402
from pytest_django.live_server_helper import LiveServer  # noqa: E402

from accounts.models import User  # noqa: E402
from tests.browser.sheets import matrix  # noqa: E402
from tests.browser.window import CHROMIUM_ARGS, DESK, PHONE, Window  # noqa: E402
from tests.browser.world import World  # noqa: E402
from tests.conftest import find_chromium  # noqa: E402
from twofactor.management import demo_history  # noqa: E402
from twofactor.management.commands.demo import activate  # noqa: E402

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
MAIN_PAGES = (
    "login", "login_code", "login_recovery", "two_factor_setup", "two_factor_activated", "overview", "users", "user",
    "user_create", "two_factor_required", "two_factor_later", "roles", "role_permissions", "logs", "profile",
    "security",
)  # fmt: skip
SIZES = {"desk": DESK, "phone": PHONE}


def take_all(browser: Browser, url: str, wanted: list[str]) -> None:
    world = demo()
    pages = {sheet.id: sheet for sheet in matrix()}
    for name in [name for name in wanted if name in pages]:
        window = Window(browser, url)
        page = pages[name].open(window, world)
        for where, size in SIZES.items():
            for scheme in ("light", "dark"):
                page.set_viewport_size(size)
                page.emulate_media(color_scheme=scheme)
                save(page.screenshot(full_page=True), FOLDER / f"{name}-{where}-{scheme}.png")
        window.context.close()


def save(picture: bytes, path: Path) -> None:
    """With 256 colours a page looks the same and is a third of the size."""
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE).save(path, optimize=True)


def demo() -> World:
    """The people of the browser tests among sixty others, who have been at work for a month."""
    world = World()
    world.role.name = "First line"
    world.role.save()
    for user in demo_history.make(world.contract):
        activate(user)
    now = timezone.now()
    for days, username in ((3, "nina"), (1, "sam"), (12, "dora")):
        User.objects.filter(username=username).update(last_login=now - timedelta(days=days, hours=days))
    return world


def main(wanted: list[str]) -> None:
    setup_test_environment()
    databases = setup_databases(verbosity=0, interactive=False)
    server = LiveServer("localhost")
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGS)
            take_all(browser, server.url, wanted)
            browser.close()
    finally:
        server.stop()
        teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    main(sys.argv[1:] or list(MAIN_PAGES))
