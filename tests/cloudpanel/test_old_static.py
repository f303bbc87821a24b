"""Static files of earlier versions go a day after the last `collectstatic`, and no file that a page may name."""

import os
import time
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from cloudpanel.web.old_static import KEPT_SECONDS, MANIFEST

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(static_root, settings):
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = False
    return static_root


def upkeep() -> str:
    out = StringIO()
    call_command("housekeeping", stdout=out)
    return out.getvalue()


def collected(root, *, ago: float) -> None:
    then = time.time() - ago
    os.utime(root / MANIFEST, (then, then))


def test_o16_files_of_earlier_versions_go_and_those_of_this_one_stay(root):
    before = {file for file in root.rglob("*") if file.is_file()}
    left = [root / "css" / "base.0123456789ab.css", root / "css" / "base.0123456789ab.css.gz", root / "old" / "a.js"]
    for file in left:
        file.parent.mkdir(exist_ok=True)
        file.write_text("old")
    collected(root, ago=KEPT_SECONDS + 1)
    assert f"Removed {len(left)} static files of earlier versions." in upkeep()
    assert {file for file in root.rglob("*") if file.is_file()} == before
    assert "static files" not in upkeep()


def test_they_stay_for_a_day(root):
    old = root / "css" / "base.0123456789ab.css"
    old.write_text("old")
    collected(root, ago=KEPT_SECONDS - 60)
    assert "static files" not in upkeep()
    assert old.exists()


def test_a_worker_that_still_knows_a_removed_file_says_that_it_is_not_found(root):
    old = root / "css" / "base.0123456789ab.css"
    old.write_text("old")
    client = Client()
    assert client.get("/static/css/base.0123456789ab.css").status_code == 200
    collected(root, ago=KEPT_SECONDS + 1)
    upkeep()
    assert client.get("/static/css/base.0123456789ab.css").status_code == 404


def test_without_collected_files_there_is_nothing_to_remove(tmp_path, settings):
    settings.STATIC_ROOT = tmp_path / "none"
    assert "static files" not in upkeep()
