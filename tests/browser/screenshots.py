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

import time_machine  # noqa: E402
from django.conf import settings  # noqa: E402
from django.test.utils import setup_databases, setup_test_environment, teardown_databases  # noqa: E402
from django.utils import timezone  # noqa: E402
from PIL import Image  # noqa: E402
from playwright.sync_api import Browser, sync_playwright  # noqa: E402
from pytest_django.live_server_helper import LiveServer  # noqa: E402

from accounts.models import User  # noqa: E402
from cloudpanel.applications.models import Needs, Preset, Who  # noqa: E402
from cloudpanel.applications.openid.models import Client  # noqa: E402
from tests.browser.sheets import Sheet, matrix  # noqa: E402
from tests.browser.window import CHROMIUM_ARGS, DESK, PHONE, Window  # noqa: E402
from tests.browser.world import World  # noqa: E402
from tests.conftest import find_chromium  # noqa: E402
from tests.factories import make_application  # noqa: E402
from twofactor.management import demo_history  # noqa: E402
from twofactor.management.commands.demo import activate  # noqa: E402

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
MAIN_PAGES = (
    "login", "login_code", "login_recovery", "login_help-wait", "two_factor_setup", "two_factor_activated",
    "overview", "users", "user", "user_create", "user_help-open", "users-bulk-all",
    "two_factor_later", "roles", "role_permissions", "logs", "profile", "security",
    "keys-beside", "applications", "application", "launch", "two_factor_required-planned",
)  # fmt: skip
EVERYBODY = Sheet("users-bulk-all", "/management/users/", press="Require 2FA", fill=(("ids", "on"), ("matching", "on")))
SIZES = {"desk": DESK, "phone": PHONE}
LONG = ("users", "user", "logs")
"""On a desk as they are first seen: the whole of their lists would be too small to be read."""


def take_all(browser: Browser, url: str, wanted: list[str]) -> None:
    world = demo()
    grafana = world.contract.applications.get(name="Grafana")
    one = Sheet("application", f"/management/applications/{grafana.pk}/")
    pages = {sheet.id: sheet for sheet in [*matrix(), EVERYBODY, one]}
    for name in [name for name in wanted if name in pages]:
        window = Window(browser, url)
        page = pages[name].open(window, world)
        for where, size in SIZES.items():
            for scheme in ("light", "dark"):
                page.set_viewport_size(size)
                page.emulate_media(color_scheme=scheme)
                whole = size is PHONE or name not in LONG
                save(page.screenshot(full_page=whole), FOLDER / f"{name}-{where}-{scheme}.png")
        window.context.close()


def save(picture: bytes, path: Path) -> None:
    """With 256 colours a page looks the same and is a third of the size: its commonest, and those of small things."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    commonest = sorted(image.getcolors(image.width * image.height), reverse=True)[:96]
    others = image.quantize(160, Image.Quantize.MAXCOVERAGE).getpalette()
    palette = Image.new("P", (1, 1))
    palette.putpalette([*(part for _, colour in commonest for part in colour), *others[: 3 * 160]])
    image.quantize(palette=palette, dither=Image.Dither.NONE).save(path, optimize=True)


def demo() -> World:
    """The people of the browser tests among the others of the demo, who have been at work for a month."""
    world = World()
    world.role.name = "First line"
    world.role.save()
    now = timezone.now()
    for days, user in enumerate(demo_history.make(world.contract), start=3):
        with time_machine.travel(now - timedelta(days=days, minutes=37 * days)):
            activate(user)
    for days, username in ((3, "nina"), (1, "sam"), (12, "dora")):
        User.objects.filter(username=username).update(last_login=now - timedelta(days=days, hours=days))
    install_consoles(world)
    return world


def install_consoles(world: World) -> None:
    """Four web consoles: two behind the guard, one with OpenID Connect, one with both."""
    now = timezone.now()
    consoles = (
        ("Grafana", Preset.GRAFANA, {"openid": True, "client_id": "grafana-demo"}),
        ("Mail archive", Preset.OTHER, {"needs": Needs.PASSKEY, "reauthenticate_minutes": 15}),
        ("phpMyAdmin", Preset.PHPMYADMIN, {"needs": Needs.TWO_FACTOR, "who": Who.ROLES}),
        (
            "Proxmox VE",
            Preset.PROXMOX,
            {"guard": False, "openid": True, "client_id": "proxmox-demo", "needs": Needs.TWO_FACTOR},
        ),
    )
    for hours, (name, preset, values) in enumerate(consoles, start=1):
        host = name.split()[0].lower()
        used = {"preset": preset, "last_used_at": now - timedelta(hours=hours)}
        application = make_application(world.contract, f"https://{host}.example.com", name=name, **used | values)
        application.roles.set([world.role] if application.who == Who.ROLES else [])
        if application.openid:
            Client.objects.create(application=application, redirect_uris=f"{application.origin}/login")


def main(wanted: list[str]) -> None:
    setup_test_environment()
    databases = setup_databases(verbosity=0, interactive=False)
    server = LiveServer("localhost")
    settings.PUBLIC_URL = server.url
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
