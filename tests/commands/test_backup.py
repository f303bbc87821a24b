"""`backup` and `restore` by the real commands on a database of their own, SQLite and PostgreSQL."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from cloudpanel.operation import backup
from cloudpanel.operation.sqlite_copy import CopyRefused

ROOT = Path(__file__).resolve().parents[2]
SERVER = os.environ.get("TEST_DATABASE_URL", "")


class Installation:
    def __init__(self, folder: Path, url: str) -> None:
        self.settings = {
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "cloudpanel.settings",
            "CLOUDPANEL_ENV": "",
            "CLOUDPANEL_PASSWORD": "seven brave otters swim",
            "SECRET_KEY": "kZ3v9QpX7sLw2Rb8Tn5Yc1Hd6Jf4Mg0AeUiOoPqWzVxNuBtCyDrE",
            "TWOFACTOR_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        }
        self.folder = folder

    def manage(self, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *arguments]
        env = os.environ | self.settings
        given = {"input": f"{typed}\n", "capture_output": True, "text": True, "timeout": 120}
        return subprocess.run(command, cwd=ROOT, env=env, check=False, **given)

    def run(self, code: str) -> str:
        imports = "from accounts.models import Session; from accounts.models.session_store import SessionStore; "
        done = self.manage("shell", "--no-imports", "-c", imports + code)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def usernames(self) -> list[str]:
        shown = self.manage("twofactor", "status", "--json")
        assert shown.returncode == 0, shown.stderr
        return [line.split('"')[3] for line in shown.stdout.splitlines() if '"username"' in line]


def drop(name: str) -> None:
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def copy(installation: Installation) -> Path:
    made = installation.manage("backup", str(installation.folder / "copies"))
    assert made.returncode == 0, made.stderr
    return Path(made.stdout.splitlines()[0])


@pytest.fixture
def installation(tmp_path):
    if not SERVER:
        yield Installation(tmp_path, f"sqlite:///{tmp_path / 'panel.sqlite3'}")
        return
    if not shutil.which("pg_dump"):
        pytest.skip("needs postgresql-client")
    name = f"backup_{os.getpid()}"
    drop(name)
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield Installation(tmp_path, urlsplit(SERVER)._replace(path=f"/{name}").geturl())
    drop(name)


def test_o16_what_was_copied_is_there_again_and_what_came_later_is_gone(installation):
    assert installation.manage("migrate", "--noinput").returncode == 0
    assert installation.manage("createowner", "alice", "--contract", "Alpha", "--noinput").returncode == 0
    copied = installation.manage(
        "backup", str(installation.folder / "copies"), "--keys", str(installation.folder / "keys")
    )
    assert copied.returncode == 0, copied.stderr
    database, secret_key, keys = map(Path, copied.stdout.split())
    assert {stat.S_IMODE(file.stat().st_mode) for file in (database, secret_key, keys)} == {0o600}
    assert keys.read_text().strip() == installation.settings["TWOFACTOR_KEYS"]
    assert secret_key.read_text().strip() == installation.settings["SECRET_KEY"]

    assert installation.manage("createowner", "bob", "--contract", "Beta", "--noinput").returncode == 0
    assert installation.usernames() == ["alice", "bob"]
    restored = installation.manage("restore", str(database), "--noinput")
    assert restored.returncode == 0, restored.stderr
    assert installation.usernames() == ["alice"]
    again = installation.manage("createowner", "carol", "--contract", "Gamma", "--noinput")
    assert again.returncode == 0, f"ids go on: {again.stderr}"


@pytest.mark.parametrize(("copies", "keys"), [("a", "a/."), ("a", "a/keys"), ("a/copies", "a")])
def test_o16_the_keys_are_not_kept_beside_the_database(installation, copies, keys):
    installation.manage("migrate", "--noinput")
    folders = [str(installation.folder / name) for name in (copies, keys)]
    refused = installation.manage("backup", folders[0], "--keys", folders[1])
    assert refused.returncode == 1
    assert "none is in the other" in refused.stderr
    assert not list(installation.folder.rglob("cloudpanel-*"))


def test_who_was_logged_in_at_the_time_of_the_copy_is_not_after_it_is_restored(installation):
    installation.manage("migrate", "--noinput")
    installation.run("store = SessionStore(); store['x'] = 1; store.save()")
    copied = copy(installation)
    assert installation.run("print(Session.objects.count())") == "1"
    assert installation.manage("restore", str(copied), "--noinput").returncode == 0
    assert installation.run("print(Session.objects.count())") == "0"


def test_without_keys_it_says_what_is_missing(installation):
    installation.manage("migrate", "--noinput")
    copied = installation.manage("backup", str(installation.folder / "copies"))
    assert copied.returncode == 0
    assert "--keys FOLDER" in copied.stdout
    assert not copied.stderr, "cron would mail it each night"


@pytest.mark.parametrize(("name", "content"), [("none", None), ("text", b"not a copy"), ("empty", b"")])
def test_a_file_that_is_no_copy_changes_nothing(installation, name, content):
    installation.manage("migrate", "--noinput")
    installation.manage("createowner", "alice", "--contract", "Alpha", "--noinput")
    file = installation.folder / name
    if content is not None:
        file.write_bytes(content)
    refused = installation.manage("restore", str(file), "--noinput")
    assert refused.returncode == 1
    assert refused.stderr.startswith("CommandError: ")
    assert installation.usernames() == ["alice"]


only_sqlite = pytest.mark.skipif(bool(SERVER), reason="PostgreSQL checks what it restores itself")


def add_alice(installation: Installation) -> None:
    installation.manage("migrate", "--noinput")
    installation.manage("createowner", "alice", "--contract", "Alpha", "--noinput")


def with_alice(installation: Installation) -> Path:
    """A copy of a database that has her alone."""
    add_alice(installation)
    return copy(installation)


@only_sqlite
def test_a_copy_is_restored_from_a_folder_in_which_nothing_can_be_written(installation):
    copied = with_alice(installation)
    for suffix in ("-shm", "-wal", "-journal"):
        Path(f"{copied}{suffix}").mkdir()
    installation.manage("createowner", "bob", "--contract", "Beta", "--noinput")
    restored = installation.manage("restore", str(copied), "--noinput")
    assert restored.returncode == 0, restored.stderr
    assert installation.usernames() == ["alice"]


@only_sqlite
@pytest.mark.parametrize("damage", ["cut", "overwritten"])
def test_a_damaged_copy_changes_nothing(installation, damage):
    copied = with_alice(installation)
    content = copied.read_bytes()
    half = len(content) // 2
    end = b"" if damage == "cut" else b"\xa5" * 40 * 4096 + content[half + 40 * 4096 :]
    copied.write_bytes(content[:half] + end)
    refused = installation.manage("restore", str(copied), "--noinput")
    assert refused.returncode == 1
    assert refused.stderr == f"CommandError: {copied} is damaged. Restore another copy.\n"
    assert installation.usernames() == ["alice"]


@only_sqlite
def test_over_a_destroyed_database_it_says_what_to_move_away(installation):
    copied = with_alice(installation)
    database = installation.folder / "panel.sqlite3"
    database.write_bytes(b"\xa5" * 8192)
    refused = installation.manage("restore", str(copied), "--noinput")
    assert refused.returncode == 1
    assert refused.stderr.startswith("CommandError: The copy can't be written to ")
    assert "move it away" in refused.stderr
    database.unlink()
    assert installation.manage("restore", str(copied), "--noinput").returncode == 0
    assert installation.usernames() == ["alice"]


STORE_A_SECRET = """
from accounts.models import User
from twofactor import crypto
from twofactor.models import Authenticator
user = User.objects.get(username="alice")
sealed = crypto.seal(b"k" * 20, user_id=user.pk, purpose=crypto.AUTHENTICATOR)
Authenticator.objects.create(user=user, name="app", secret=sealed)
"""


def test_a_copy_is_restored_with_the_keys_of_its_time_though_others_are_in_use(installation):
    add_alice(installation)
    installation.run(STORE_A_SECRET)
    copied = str(copy(installation))
    of_that_time = installation.settings["TWOFACTOR_KEYS"]
    installation.settings["TWOFACTOR_KEYS"] = f"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY=,{of_that_time}"
    assert installation.manage("twofactor", "rotate-keys").returncode == 0

    installation.settings["TWOFACTOR_KEYS"] = of_that_time
    restored = installation.manage("restore", copied, "--noinput")

    assert restored.returncode == 0, restored.stderr
    assert installation.usernames() == ["alice"]


def test_a_copy_that_fails_leaves_no_file(installation):
    installation.manage("migrate", "--noinput")
    if SERVER:
        installation.settings["DATABASE_URL"] = urlsplit(SERVER)._replace(path="/there_is_none").geturl()
    else:
        (installation.folder / "panel.sqlite3").write_bytes(b"\xa5" * 8192)
    refused = installation.manage("backup", str(installation.folder / "copies"))
    assert refused.returncode == 1
    assert refused.stderr.startswith("CommandError: ")
    assert not list((installation.folder / "copies").iterdir())


def test_a_second_copy_within_the_same_second_is_refused_and_the_first_one_stays(tmp_path):
    file = tmp_path / "cloudpanel.dump"
    file.write_text("the first one")
    with pytest.raises(CopyRefused, match=f"{file} was made in this very second"), backup.new_file(file):
        pass
    assert file.read_text() == "the first one"


def test_it_names_the_whole_path_of_a_file_that_is_not_there(installation):
    installation.manage("migrate", "--noinput")
    refused = installation.manage("restore", "none.dump", "--noinput")
    assert refused.stderr == f"CommandError: There is no file {ROOT / 'none.dump'}.\n"


@pytest.mark.parametrize(("folder", "said"), [("", "must name a folder"), (__file__, "can't be a folder")])
def test_what_is_no_folder_is_refused_with_a_sentence(installation, folder, said):
    refused = installation.manage("backup", folder)
    assert refused.returncode != 0
    assert said in refused.stderr
    assert "Errno" not in refused.stderr


def test_it_asks_before_it_replaces_anything(installation):
    installation.manage("migrate", "--noinput")
    copied = copy(installation)
    answer = subprocess.run(
        [sys.executable, "manage.py", "restore", str(copied)],
        cwd=ROOT,
        env=os.environ | installation.settings,
        input="no\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert "Nothing was changed." in answer.stderr
