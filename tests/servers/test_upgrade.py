"""From 1.0 to this version with people in the panel, and back again as docs/operation.md says.

1.0 is its own code out of the history, with the libraries of today: it needs none that is gone.
"""

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.people import CODE, KEY, code_of
from tests.servers import database as databases
from tests.servers.browser import ACTIVATED, SETUP, Browser
from tests.servers.database import Database
from tests.servers.machine import ROOT, Server, run

VERSION_1_0 = "6f1d5c7"
PEOPLE = "otto:off ada:active arno:active paul:pending petra:pending vera:pending"
AT_CODE = "/login/code/"


class UnitOf1(Server):
    gunicorn_conf = "cloudpanel.gunicorn_conf"


class Version1(UnitOf1):
    def __init__(self, database_url: str, folder: Path, root: Path) -> None:
        super().__init__(database_url, folder)
        self.root = root


class Panel:
    """One installation: its database, the two versions that can serve it, and who uses it."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.old = Version1(database.url, folder, unpacked(folder / "1.0"))
        self.new = Server(database.url, folder)
        run(database.url, "manage.py", "migrate", "--noinput", "-v", "0", root=self.old.root)
        printed = run(database.url, "-m", "tests.servers.populate", *PEOPLE.split(), root=self.old.root)
        self.keys = {name: bytes.fromhex(key) for name, key in json.loads(printed.splitlines()[-1]).items()}

    def migrate(self) -> None:
        run(self.database.url, "manage.py", "migrate", "--noinput", "-v", "0")

    def stop(self) -> None:
        self.old.stop()
        self.new.stop()


def unpacked(folder: Path) -> Path:
    archive = subprocess.run(["git", "archive", VERSION_1_0], cwd=ROOT, capture_output=True, check=False).stdout
    if not archive:
        pytest.skip("this checkout has no history, and so no version 1.0")
    folder.mkdir()
    subprocess.run(["tar", "-x"], input=archive, cwd=folder, check=True)
    return folder


@pytest.fixture
def panel(tmp_path) -> Iterator[Panel]:
    database = databases.make(tmp_path)
    made = Panel(database, tmp_path)
    try:
        yield made
    finally:
        made.stop()
        database.drop()


def key_on(page: str) -> bytes:
    found = KEY.search(page)
    assert found
    return base64.b32decode(found[1])


def test_everybody_goes_on_in_the_new_version_and_the_old_one_still_serves_its_database(panel):
    old = panel.old.start().ready()
    owner, otto, ada, arno, paul, vera = (Browser(old) for _ in range(6))
    owner.log_in("owner")
    otto.log_in("otto")
    ada.start_login("ada")
    assert ada.submit(AT_CODE, code=code_of(panel.keys["ada"])).location == "/"
    assert arno.start_login("arno").location == AT_CODE
    assert paul.start_login("paul").location == SETUP
    key = key_on(paul.get(SETUP).text)
    assert vera.activate("vera").location == ACTIVATED
    codes = CODE.findall(vera.get(ACTIVATED).text)
    assert len(codes) == 10

    panel.migrate()
    assert otto.is_in(), "1.0 serves the migrated database until it is stopped"
    assert Browser(old).log_in("otto").is_in()
    assert ada.is_in()

    new = panel.new.start().ready()
    for browser in (owner, otto, ada):
        assert browser.at(new).is_in(), "a session of 1.0 goes on"
    assert arno.at(new).submit(AT_CODE, code=code_of(panel.keys["arno"])).location == "/", "and so does a login"
    assert paul.at(new).get(SETUP).status == 200
    assert paul.post(SETUP, code=code_of(key)).location == ACTIVATED, "the key on the page of 1.0 is still the key"
    assert vera.at(new).submit(ACTIVATED).location == "/"
    assert vera.is_in()
    assert "vera" in owner.get("/management/logs/").text
    assert owner.get("/management/users/").status == 200

    lost = Browser(new)
    assert lost.start_login("vera").location == AT_CODE
    assert lost.submit("/login/recovery/", recovery_code=codes[0]).status == 302, "a recovery code of 1.0 is good"
    again = Browser(new)
    again.start_login("vera")
    assert again.submit("/login/recovery/", recovery_code=codes[0]).status == 200, "once"
    assert Browser(new).activate("petra").location == ACTIVATED

    new.stop()
    for browser in (owner, otto, ada, arno):
        assert browser.at(old).is_in(), "the way back ends no session"
    assert Browser(old).start_login("petra").location == AT_CODE, "and who was protected meanwhile stays so"
    assert Browser(old).start_login("paul").location == AT_CODE


def test_a_unit_of_1_0_serves_this_version(panel, tmp_path):
    panel.migrate()
    server = UnitOf1(panel.database.url, tmp_path).start()
    try:
        assert Browser(server.ready()).log_in("otto").is_in()
    finally:
        server.stop()
