"""Unsafe settings refuse to start, and every reason is named at once."""

import base64
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cloudpanel.configuration import env, safety
from cloudpanel.configuration.public_url import parse_public_url
from cloudpanel.operation.start import keep_secrets, new_secrets

ROOT = Path(__file__).resolve().parents[2]
KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
SAFE = {
    "SECRET_KEY": "kZ3v9QpX7sLw2Rb8Tn5Yc1Hd6Jf4Mg0AeUiOoPqWzVxNuBtCyDrE",
    "TWOFACTOR_KEYS": KEY,
    "PUBLIC_URL": "https://panel.example.org",
    "TRUSTED_PROXIES": "10.0.0.0/8, 2001:db8::/32",
    "DATABASE_URL": "postgres://panel@127.0.0.1/panel",
    "EMAIL_URL": "smtp+tls://mail.example.org",
}
NOWHERE = Path("/nonexistent")


def reasons(**changed: str) -> list[str]:
    values = SAFE | changed
    return safety.reasons(env.read({name: value for name, value in values.items() if value != "(unset)"}, NOWHERE))


def test_safe_settings_have_no_reason():
    assert reasons() == []


@pytest.mark.parametrize("name", ["DATABASE_URL", "EMAIL_URL", "METRICS_TOKEN", "PANEL_NAME", "SECRET_KEY"])
def test_what_a_file_in_another_encoding_says_is_named_and_used_nowhere(name):
    """A settings file in ISO 8859-1: Python keeps its bytes as halves of pairs, which nothing can write."""
    value = SAFE.get(name, "a name or a token of twenty signs") + "\udcfc"
    assert f"{name} is not UTF-8 text." in reasons(**{name: value})


@pytest.mark.parametrize(
    "changed",
    [
        {"TRUSTED_PROXIES": "none"},
        {"TRUSTED_PROXIES": "192.0.2.7"},
        {"TRUSTED_PROXIES": "unix"},
        {"TRUSTED_PROXIES": "10.0.0.0/8, Unix"},
        {"TWOFACTOR_KEYS": f" {KEY} ,{KEY} "},
        {"PUBLIC_URL": "http://127.0.0.1:8000", "TRUSTED_PROXIES": "(unset)"},
        {"PUBLIC_URL": "http://localhost", "DEBUG": "yes"},
        {"PUBLIC_URL": "http://[::1]:8000/"},
        {"PUBLIC_URL": "(unset)"},
        {"EMAIL_URL": "(unset)"},
        {"DATABASE_URL": "(unset)"},
        {"SECRET_KEY_FALLBACKS": "pX7sLw2Rb8Tn5Yc1Hd6Jf4Mg0AeUiOoPqWzVxNuBtCyDrEkZ3v9Q"},
        {"SECURITY_CONTACT": "security@example.com"},
        {"SESSION_IDLE_MINUTES": "0.5", "SESSION_HOURS": "24"},
        {"PASSWORD_MIN_LENGTH": "8"},
        {"ALLOWED_HOSTS": "other.example.org, .example.net"},
    ],
)
def test_these_may_start(changed):
    assert reasons(**changed) == []


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"DEBUG": "yes"}, "DEBUG"),
        ({"DEBUG": "perhaps"}, "DEBUG"),
        ({"PUBLIC_URL": "http://panel.example.org"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "http://192.168.1.2:8000"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "ftp://panel.example.org"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "https://panel.example.org/panel"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "https://user@panel.example.org"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "https://panel.example.org:99999"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "https://"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "https://[::1"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "panel.example.org"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "https://*.example.org"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "https://my_panel.example.org"}, "no underscore"),
        ({"ALLOWED_HOSTS": "my_panel.example.org"}, "ALLOWED_HOSTS"),
        ({"METRICS_TOKEN": "a" * 40}, "METRICS_TOKEN"),
        ({"TRUSTED_PROXIES": "(unset)"}, "TRUSTED_PROXIES"),
        ({"TRUSTED_PROXIES": ""}, "TRUSTED_PROXIES"),
        ({"TRUSTED_PROXIES": "proxy.example.org"}, "TRUSTED_PROXIES"),
        ({"TRUSTED_PROXIES": "10.0.0.0/33"}, "TRUSTED_PROXIES"),
        ({"TRUSTED_PROXIES": "10.0.0.0/8, none"}, "TRUSTED_PROXIES"),
        ({"TRUSTED_PROXIES": "unix, none"}, "TRUSTED_PROXIES"),
        ({"TRUSTED_PROXIES": "unix:/run/panel.sock"}, "TRUSTED_PROXIES"),
        ({"TRUSTED_PROXIES": "0.0.0.0/0"}, "TRUSTED_PROXIES"),
        ({"TRUSTED_PROXIES": "::/0"}, "TRUSTED_PROXIES"),
        ({"TRUSTED_PROXIES": "0.0.0.0/1, ::1, 128.0.0.0/1"}, "TRUSTED_PROXIES: 0.0.0.0/0 is the whole internet."),
        ({"TRUSTED_PROXIES": "8000::/1, 10.0.0.0/8, ::/1"}, "TRUSTED_PROXIES: ::/0 is the whole internet."),
        ({"SECRET_KEY": "(unset)"}, "SECRET_KEY"),
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"SECRET_KEY": "ab" * 40}, "SECRET_KEY"),
        ({"SECRET_KEY": "django-insecure-" + SAFE["SECRET_KEY"]}, "SECRET_KEY"),
        ({"SECRET_KEY": "please-change-me-" + SAFE["SECRET_KEY"]}, "SECRET_KEY"),
        ({"TWOFACTOR_KEYS": "(unset)"}, "TWOFACTOR_KEYS"),
        ({"TWOFACTOR_KEYS": " , "}, "TWOFACTOR_KEYS"),
        ({"TWOFACTOR_KEYS": "not a key"}, "TWOFACTOR_KEYS"),
        ({"TWOFACTOR_KEYS": f"{KEY},{KEY[:-2]}"}, "TWOFACTOR_KEYS"),
        ({"TWOFACTOR_KEYS": f"{KEY},schlüssel"}, "TWOFACTOR_KEYS"),
        ({"SECRET_KEY": KEY}, "SECRET_KEY"),
        ({"SECRET_KEY": f"{KEY},{KEY}", "TWOFACTOR_KEYS": f"{KEY},{KEY}"}, "must not be the SECRET_KEY"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "panel.example.org,*"}, "ALLOWED_HOSTS"),
        ({"PASSWORD_MIN_LENGTH": "7"}, "PASSWORD_MIN_LENGTH"),
        ({"PASSWORD_MIN_LENGTH": "1025"}, "PASSWORD_MIN_LENGTH"),
        ({"PASSWORD_MIN_LENGTH": "many"}, "PASSWORD_MIN_LENGTH"),
        ({"SESSION_IDLE_MINUTES": "0"}, "SESSION_IDLE_MINUTES"),
        ({"SESSION_IDLE_MINUTES": "-5"}, "SESSION_IDLE_MINUTES"),
        ({"SESSION_IDLE_MINUTES": "nan"}, "SESSION_IDLE_MINUTES"),
        ({"SESSION_HOURS": "inf"}, "SESSION_HOURS"),
        ({"SESSION_HOURS": "1e300"}, "SESSION_HOURS"),
        ({"SESSION_HOURS": "a day"}, "SESSION_HOURS"),
        ({"DATABASE_URL": "mysql://panel@127.0.0.1/panel"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgres://127.0.0.1"}, "DATABASE_URL"),
        ({"DATABASE_URL": "panel.sqlite3"}, "DATABASE_URL"),
        ({"EMAIL_URL": "pigeon://mail.example.org"}, "EMAIL_URL"),
        ({"EMAIL_URL": "smtp://"}, "EMAIL_URL"),
        ({"EMAIL_URL": "smtp://mail.example.org:mail"}, "EMAIL_URL"),
        ({"PANEL_NAME": "Cloud\nPanel"}, "PANEL_NAME"),
        ({"PORT": "http"}, "PORT"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT"),
        ({"METRICS_TOKEN": "short"}, "METRICS_TOKEN"),
        ({"ERROR_REPORTS_TO": "operations"}, "ERROR_REPORTS_TO"),
        ({"EMAIL_CA_FILE": "/nonexistent/ca.pem"}, "EMAIL_CA_FILE"),
        ({"EMAIL_CA_FILE": __file__}, "EMAIL_CA_FILE"),
        ({"SECRET_KEY_FILE": "/nonexistent/key"}, "SECRET_KEY_FILE"),
    ],
)
def test_unsafe_settings_are_named(changed, named):
    assert any(named in reason for reason in reasons(**changed))


def test_every_reason_is_named_at_once():
    wrong = {
        "DEBUG": "1",
        "PUBLIC_URL": "http://panel.example.org",
        "TRUSTED_PROXIES": "0.0.0.0/0,x",
        "SECRET_KEY": "short",
        "TWOFACTOR_KEYS": "short",
        "ALLOWED_HOSTS": "*",
        "PASSWORD_MIN_LENGTH": "1",
        "SESSION_HOURS": "0",
        "SESSION_IDLE_MINUTES": "x",
        "DATABASE_URL": "x://",
        "EMAIL_URL": "x://",
    }
    found = reasons(**wrong)
    assert all(any(name in reason for reason in found) for name in wrong)
    assert len(found) == len(set(found)) >= len(wrong) + 2


def test_no_reason_repeats_a_secret():
    found = " ".join(
        reasons(SECRET_KEY="hunter2", TWOFACTOR_KEYS="hunter2", EMAIL_URL="x://u:hunter2@h", DATABASE_URL="x")
    )
    assert all(name in found for name in ("SECRET_KEY", "TWOFACTOR_KEYS", "EMAIL_URL", "DATABASE_URL"))
    assert "hunter2" not in found


def test_a_value_may_come_from_a_file(tmp_path):
    file = tmp_path / "key"
    file.write_text(SAFE["SECRET_KEY"] + "\n")
    assert env.read({"SECRET_KEY_FILE": str(file)}, NOWHERE).secret_key == SAFE["SECRET_KEY"]


def test_secrets_are_made_once_for_their_owner_alone(tmp_path, monkeypatch):
    for name in ("SECRET_KEY", "TWOFACTOR_KEYS"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "var"
    keep_secrets(new_secrets(folder), folder)
    made = {path.name: path.read_text() for path in folder.iterdir()}
    assert new_secrets(folder) == {}
    keep_secrets({"SECRET_KEY": "another"}, folder)
    assert {path.name: path.read_text() for path in folder.iterdir()} == made
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert safety.reasons(env.read({}, folder)) == []


def test_o09_a_start_that_is_refused_keeps_no_new_secret(checkout):
    assert start_in(checkout, PASSWORD_MIN_LENGTH="3").returncode != 0
    assert not (checkout / "var/twofactor_keys").exists()
    assert not (checkout / "var/secret_key").exists()


def test_o09_no_new_keys_are_made_beside_stored_secrets(checkout):
    assert start_in(checkout).returncode == 0
    file = checkout / "var/twofactor_keys"
    keys = file.read_text()
    stored = start("", checkout, script=STORE_A_SECRET, TWOFACTOR_KEYS=keys.strip())
    assert stored.returncode == 0, stored.stderr
    file.unlink()

    for _ in range(2):
        ended = start_in(checkout)
        assert ended.returncode != 0
        assert "TWOFACTOR_KEYS is missing, and the database holds secrets" in ended.stderr
        assert "Lost keys" in ended.stderr
        assert not file.exists()

    file.write_text(keys)
    assert start_in(checkout).returncode == 0


def test_o09_no_new_keys_are_made_while_the_database_is_away(checkout):
    ended = start_in(checkout, DATABASE_URL="postgres://nobody:hunter2@127.0.0.1:1/panel")
    assert "- DATABASE_URL: the database can't be asked" in ended.stderr
    assert "Connection refused" in ended.stderr
    assert "hunter2" not in ended.stderr
    assert not (checkout / "var/twofactor_keys").exists()


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A copy, whose folder var/ is the test's own."""
    for package in ("cloudpanel", "accounts", "twofactor", "templates"):
        shutil.copytree(ROOT / package, tmp_path / package)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def start_in(checkout: Path, **changed: str) -> subprocess.CompletedProcess[str]:
    return start(
        "cloudpanel.operation.start", checkout, cwd=checkout, SECRET_KEY="(unset)", TWOFACTOR_KEYS="(unset)", **changed
    )


def test_a_secret_given_empty_is_not_replaced_by_the_stored_one(tmp_path):
    (tmp_path / "secret_key").write_text(SAFE["SECRET_KEY"])
    assert env.read({}, tmp_path).secret_key == SAFE["SECRET_KEY"]
    assert env.read({"SECRET_KEY": ""}, tmp_path).secret_key == ""


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("https://Panel.Example.org:8443/", ["panel.example.org"]),
        ("https://münchen.example", ["xn--mnchen-3ya.example"]),
        ("https://[2001:db8::7]", ["[2001:db8::7]"]),
        ("http://127.0.0.1", ["127.0.0.1", "localhost", "[::1]"]),
        ("http://[::1]:9000", ["[::1]", "127.0.0.1", "localhost"]),
    ],
)
def test_only_the_name_of_the_public_url_is_allowed(url, hosts):
    assert parse_public_url(url).allowed_hosts == hosts


def start(
    module: str, tmp_path: Path, script: str = "", cwd: Path = ROOT, **changed: str
) -> subprocess.CompletedProcess[str]:
    values = SAFE | {"DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}"} | changed
    values = {name: value for name, value in values.items() if value != "(unset)"}
    clean = {"PATH": os.environ["PATH"], "CLOUDPANEL_ENV": "", "DJANGO_SETTINGS_MODULE": "cloudpanel.settings"}
    call = [sys.executable, "-c", script] if script else [sys.executable, "-m", module]
    return subprocess.run(call, cwd=cwd, env=clean | values, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("module", ["cloudpanel.operation.start", "cloudpanel.start", "cloudpanel.wsgi"])
def test_the_server_does_not_start_unsafe(module, tmp_path):
    ended = start(module, tmp_path, ALLOWED_HOSTS="*", PASSWORD_MIN_LENGTH="3", SECRET_KEY="short")
    assert ended.returncode != 0
    assert all(name in ended.stderr for name in ("ALLOWED_HOSTS", "PASSWORD_MIN_LENGTH", "SECRET_KEY"))


@pytest.mark.parametrize("module", ["cloudpanel.operation.start", "cloudpanel.start", "cloudpanel.wsgi"])
def test_the_server_starts_safe_even_before_the_first_migration(module, tmp_path):
    ended = start(module, tmp_path)
    assert ended.returncode == 0, ended.stderr


def test_a_refusal_to_start_is_no_stack_trace(tmp_path):
    ended = start("cloudpanel.operation.start", tmp_path, SECRET_KEY="short")
    assert "SECRET_KEY" in ended.stderr
    assert "Traceback" not in ended.stderr


STORE_A_SECRET = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from accounts.models import User
from twofactor import crypto
from twofactor.models import Authenticator
user = User.objects.create_user("ann", name="Ann")
sealed = crypto.seal(b"k" * 20, user_id=user.pk, purpose=crypto.AUTHENTICATOR)
Authenticator.objects.create(user=user, name="app", secret=sealed)
"""


def test_keys_that_open_none_of_the_stored_secrets_do_not_start_the_server(tmp_path):
    stored = start("cloudpanel.operation.start", tmp_path, script=STORE_A_SECRET)
    assert stored.returncode == 0, stored.stderr
    other = base64.urlsafe_b64encode(bytes(32)).decode()
    assert start("cloudpanel.operation.start", tmp_path).returncode == 0
    assert start("cloudpanel.operation.start", tmp_path, TWOFACTOR_KEYS=f"{other},{KEY}").returncode == 0
    for module in ("cloudpanel.operation.start", "cloudpanel.wsgi"):
        ended = start(module, tmp_path, TWOFACTOR_KEYS=other, ALLOWED_HOSTS="*")
        assert ended.returncode != 0
        assert "open none of the stored secrets" in ended.stderr
        assert "ALLOWED_HOSTS" in ended.stderr
