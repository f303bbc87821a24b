"""`manage.py doctor`: each fault is really there, on a database, files and servers of its own."""

import http.server
import os
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from cryptography.fernet import Fernet
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts import clock
from accounts.models import AuditRow, Event, MailFailure, MailKind, Outcome, OutgoingMail, Session
from cloudpanel.configuration.public_url import parse_public_url
from cloudpanel.configuration.settings_file import VAR
from cloudpanel.operation import doctor, doctor_storage
from tests.factories import make_member
from tests.people import Person
from tests.servers.machine import ROOT, environment
from tests.twofactor.factors.test_security_keys import registered
from tests.twofactor.keys.token import ORIGIN, Token
from twofactor.keys.relying_party import relying_party

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def problems(check) -> list[str]:
    return [finding.problem for finding in check()]


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def listening():
    """A web server that answers every address with the word it was given."""
    servers = []

    def serve(word: bytes) -> int:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(word)

            def log_message(self, *args):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server.server_port

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_settings_that_the_start_refuses_are_named(settings):
    settings.CONFIG = replace(settings.CONFIG, allowed_hosts=("*",), session_hours=-1)
    assert problems(doctor.check_settings) == [
        "ALLOWED_HOSTS must name hosts; * would let every name in.",
        "SESSION_HOURS must be a positive number, at most a year.",
    ]


@pytest.mark.parametrize(
    ("change", "remedy"),
    [
        ({"twofactor_keys": ()}, f"Put your copy back into {VAR}/twofactor_keys"),
        ({"twofactor_keys": ("damaged",)}, f"Put your copy back into {VAR}/twofactor_keys"),
        ({"secret_key": ""}, f"Put your copy back into {VAR}/secret_key"),
        ({"problems": ("SECRET_KEY: this user cannot read /srv/key.",)}, "Run: chown cloudpanel: /srv/key"),
        (
            {"problems": ("The settings file /etc/cloudpanel.env cannot be read by this user.",)},
            "Run: chgrp cloudpanel /etc/cloudpanel.env && chmod 640 /etc/cloudpanel.env",
        ),
        ({"session_hours": -1}, "See docs/settings.md"),
    ],
)
def test_what_is_done_about_a_setting_depends_on_where_it_is_kept(settings, change, remedy):
    settings.CONFIG = replace(settings.CONFIG, **change)
    [finding] = doctor.check_settings()
    assert finding.remedy.startswith(remedy)


def test_a_settings_file_that_is_gone_is_named(monkeypatch):
    assert problems(doctor.check_settings) == []
    for name in ("CLOUDPANEL_ENV", "PUBLIC_URL"):
        monkeypatch.delenv(name, raising=False)
    [problem] = problems(doctor.check_settings)
    assert problem.startswith("There is no /etc/cloudpanel.env that sets PUBLIC_URL")


def test_a_missing_migration_is_named():
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'twofactor'")
    assert problems(doctor_storage.check_database) == ["Migrations are missing."]


def test_a_database_that_is_away_is_named_and_nothing_is_asked_of_it():
    command = [sys.executable, "manage.py", "doctor"]
    away = environment("postgres://nobody@127.0.0.1:1/panel")
    ran = subprocess.run(command, cwd=ROOT, env=away, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 1
    assert "Database:\n  - The database does not answer: connection failed: " in ran.stdout
    assert "Connection refused" in ran.stdout
    examined = {line.partition(":")[0] for line in ran.stdout.splitlines() if not line.startswith(" ")}
    assert examined == {"Settings", "Database", "Files", "Mail server", "Address"}
    assert "Traceback" not in ran.stderr


@pytest.fixture
def examined():
    """What the command prints with these settings."""

    def run(database: str, **changed: str) -> str:
        command, env = [sys.executable, "manage.py", "doctor"], environment(database) | changed
        ran = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60)
        assert ran.returncode == 1
        assert "Traceback" not in ran.stderr
        return ran.stdout

    return run


def test_a_sqlite_file_that_is_away_is_named_and_not_made_anew(tmp_path, examined):
    file = tmp_path / "db.sqlite3"
    assert f"Database:\n  - There is no file {file}.\n" in examined(f"sqlite:///{file}")
    assert not file.exists()


def test_a_damaged_sqlite_file_is_named_in_the_words_of_sqlite(tmp_path, examined):
    file = tmp_path / "db.sqlite3"
    file.write_text("no database at all\n" * 100)
    assert "Database:\n  - The database does not answer: file is not a database.\n" in examined(f"sqlite:///{file}")


def test_a_folder_for_mails_that_cannot_be_used_is_named(tmp_path, examined):
    printed = examined(f"sqlite:///{tmp_path / 'db.sqlite3'}", EMAIL_URL="filemail:///proc/nope")
    assert "Mail server:\n  - Mails can't be written into files: " in printed


def test_a_check_that_fails_is_a_finding(monkeypatch):
    def check():
        raise PermissionError(13, "Permission denied", "/srv/db")

    monkeypatch.setattr(doctor, "CHECKS", (("Files", check, False),))
    [(_, [finding])] = doctor.examine()
    assert finding.problem == "This could not be checked: PermissionError: [Errno 13] Permission denied: '/srv/db'."


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")
def test_files_of_another_user_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor_storage.settings_file, "VAR", tmp_path)
    tmp_path.chmod(0o700)
    (tmp_path / "static").mkdir(0o700)
    (tmp_path / "static" / "panel.css").touch()
    assert problems(doctor_storage.check_files) == []
    os.chown(tmp_path / "static", 65534, 65534)
    os.chown(tmp_path / "static" / "panel.css", 65534, 65534)
    [finding] = doctor_storage.check_files()
    assert finding.problem == f"The panel's user can't write to {tmp_path / 'static'} and 1 more in {tmp_path}."
    assert finding.remedy == f"Run: chown -R cloudpanel: {tmp_path}"


def test_secrets_that_no_key_opens_are_counted(contract, settings):
    Person(make_member(contract)).enrol()
    assert problems(doctor.check_keys) == []
    settings.TWOFACTOR_KEYS = (Fernet.generate_key().decode(),)
    [finding] = doctor.check_keys()
    assert finding.problem == "No key in TWOFACTOR_KEYS opens the secrets of 1 account."
    assert finding.remedy.startswith("Put the missing key back from your copy. If it is lost: `panel twofactor status`")


def test_security_keys_that_a_new_address_made_useless_are_counted(contract, settings):
    settings.PUBLIC_URL = ORIGIN
    registered(make_member(contract), Token(), rp_id=relying_party().id)
    assert problems(doctor.check_keys) == []
    settings.PUBLIC_URL = "https://elsewhere.example.com"
    [problem] = problems(doctor.check_keys)
    assert problem.startswith("1 security key is of no use")


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no clock of its own")
@pytest.mark.parametrize(("ahead", "found"), [(clock.SLACK - MINUTE, 0), (clock.SLACK + MINUTE, 1), (-2 * HOUR, 1)])
def test_a_clock_that_is_not_that_of_the_database_is_named(ahead, found):
    with time_machine.travel(timezone.now() + ahead):
        assert len(problems(doctor.check_clock)) == found


def test_stored_times_of_another_clock_are_named(contract):
    Person(make_member(contract, two_factor_required=False)).log_in()
    assert problems(doctor.check_clock) == []
    Session.objects.update(last_seen_at=timezone.now() + timedelta(hours=2))
    assert problems(doctor.check_clock) == ["Some stored times are ahead of this machine's clock."]


def test_files_that_others_can_read_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor_storage.settings_file, "VAR", tmp_path)
    settings_file = tmp_path.parent / "cloudpanel.env"
    settings_file.write_text("PUBLIC_URL=https://panel.example.com\n")
    monkeypatch.setenv("CLOUDPANEL_ENV", str(settings_file))
    tmp_path.chmod(0o700)
    settings_file.chmod(0o640)
    (tmp_path / "twofactor_keys").write_text("key")
    (tmp_path / "twofactor_keys").chmod(0o600)
    assert problems(doctor_storage.check_files) == []
    (tmp_path / "twofactor_keys").chmod(0o644)
    settings_file.chmod(0o644)
    assert problems(doctor_storage.check_files) == [
        f"Other users of this machine can read {tmp_path / 'twofactor_keys'}.",
        f"Every user of this machine can read {settings_file}.",
    ]


def test_a_folder_that_is_not_the_panels_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor_storage.settings_file, "VAR", tmp_path / "var")
    [problem] = problems(doctor_storage.check_files)
    assert problem.startswith(f"The folder {tmp_path / 'var'} must belong to the user that runs the panel")


def test_a_mail_server_that_answers_is_sent_nothing(server):
    box = server()
    assert problems(doctor.check_mail) == []
    assert box.taken == []


def test_a_mail_server_that_is_away_is_named(settings, closed_port):
    settings.EMAIL_BACKEND = "accounts.outbox.smtp.PanelBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", closed_port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    (problem,) = problems(doctor.check_mail)
    assert problem.startswith("The mail server cannot be used: ")


def test_no_mail_server_at_all_is_named(settings):
    settings.MAIL_ENABLED = False
    assert problems(doctor.check_mail) == ["No mail server is set."]


def test_a_mail_that_waits_too_long_is_named():
    mail = OutgoingMail.objects.create(kind=MailKind.NOTICE, address="lena@example.com")
    assert problems(doctor.check_outbox) == []
    OutgoingMail.objects.filter(pk=mail.pk).update(created_at=timezone.now() - timedelta(hours=1))
    (problem,) = problems(doctor.check_outbox)
    assert problem.startswith("1 mails wait, the oldest since ")


@pytest.mark.parametrize(("hours", "found"), [(23, 1), (25, 0)])
def test_mails_that_were_given_up_are_counted_for_a_day(hours, found):
    given_up = {"finished_at": timezone.now() - hours * HOUR, "failure": MailFailure.CONNECTION}
    OutgoingMail.objects.create(kind=MailKind.NOTICE, address="lena@example.com", **given_up)
    assert len(problems(doctor.check_outbox)) == found


def test_sessions_that_nobody_removed_are_named(contract):
    Person(make_member(contract, two_factor_required=False)).log_in()
    assert problems(doctor.check_housekeeping) == []
    Session.objects.update(expire_date=timezone.now() - timedelta(days=2))
    assert len(problems(doctor.check_housekeeping)) == 1


@pytest.mark.parametrize(("hours", "trimmed", "found"), [(25, None, 0), (27, None, 1), (27, 27, 1), (27, 25, 0)])
def test_a_log_that_nobody_trims_is_named(hours, trimmed, found):
    rows = {Event.SIGN_IN: hours} | ({Event.LOGS_TRIMMED: trimmed} if trimmed else {})
    for event, age in rows.items():
        AuditRow.objects.create(event=event, outcome=Outcome.OK, at=timezone.now() - age * HOUR)
    assert len(problems(doctor.check_housekeeping)) == found


@pytest.mark.parametrize(("addresses", "found"), [(["127.0.0.1"] * 12, 1), (["127.0.0.1", "203.0.113.7"] * 6, 0)])
def test_a_proxy_that_hides_everybodys_address_is_named(settings, contract, addresses, found):
    settings.CONFIG = replace(settings.CONFIG, public_url=parse_public_url("https://panel.example.com"))
    lena = make_member(contract)
    for ip in addresses:
        AuditRow.objects.create(event=Event.SIGN_IN, outcome=Outcome.OK, actor_id=lena.pk, ip=ip)
    assert len(problems(doctor.check_proxy)) == found


def test_the_address_is_asked_from_here(settings, listening, closed_port):
    settings.PUBLIC_URL = f"http://127.0.0.1:{listening(b'alive')}"
    assert problems(doctor.check_address) == []
    settings.PUBLIC_URL = f"http://127.0.0.1:{listening(b'Welcome to nginx!')}"
    assert problems(doctor.check_address) == [
        f"Something else than the panel answers at {settings.PUBLIC_URL}/healthz."
    ]
    settings.PUBLIC_URL = f"http://127.0.0.1:{closed_port}"
    assert len(problems(doctor.check_address)) == 1


def test_o16_the_command_names_what_is_wrong_and_how_to_mend_it(capsys, settings, listening):
    settings.PUBLIC_URL = f"http://127.0.0.1:{listening(b'alive')}"
    settings.MAIL_ENABLED = False
    with pytest.raises(CommandError, match="problem"):
        call_command("doctor")
    printed = capsys.readouterr().out
    assert "Database: ok\n" in printed
    assert "Mail server:\n  - No mail server is set.\n    Set EMAIL_URL" in printed


def test_o16_it_says_so_when_nothing_is_wrong(capsys, settings, listening, tmp_path, monkeypatch):
    monkeypatch.setattr(doctor_storage.settings_file, "VAR", tmp_path)
    monkeypatch.setenv("CLOUDPANEL_ENV", "")
    tmp_path.chmod(0o700)
    settings.PUBLIC_URL = f"http://127.0.0.1:{listening(b'alive')}"
    settings.MAIL_ENABLED = True
    assert django_settings.MAIL_ENABLED
    call_command("doctor")
    assert capsys.readouterr().out.endswith("No problems found.\n")
