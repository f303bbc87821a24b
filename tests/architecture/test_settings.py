"""Where settings come from, what is said of a wrong one, and who may read what the panel keeps."""

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from cloudpanel.configuration import env, names, private_files, safety, settings_file
from tests.architecture.test_safety import KEY, ROOT, SAFE, reasons

ODD_FOLDERS = ["pa nel #1", "50 % off?", "Bücher & Söhne", "c++ 'x' \"y\""]
BARE = {"PATH": os.environ["PATH"], "CLOUDPANEL_ENV": "", "PYTHONDONTWRITEBYTECODE": "1"}
CODE = ("accounts", "cloudpanel", "twofactor", "templates", "static", "manage.py", "pyproject.toml")


def copy_of_the_code(folder: Path) -> Path:
    folder.mkdir()
    for name in CODE:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, folder / name)
    return folder


def run(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, *command]
    return subprocess.run(call, cwd=folder, env=BARE | environment, capture_output=True, text=True, check=False)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("name", ODD_FOLDERS)
def test_f13_the_database_lies_in_var_wherever_the_checkout_is(tmp_path, name, monkeypatch):
    monkeypatch.setattr("cloudpanel.configuration.addresses.VAR", tmp_path / name / "var")
    unset = {name: value for name, value in SAFE.items() if name != "DATABASE_URL"}
    config = env.read(unset, tmp_path)
    assert Path(config.database["NAME"]) == tmp_path / name / "var" / "db.sqlite3"
    assert env.read(SAFE | {"EMAIL_URL": "filemail://"}, tmp_path).email["EMAIL_FILE_PATH"] == str(
        tmp_path / name / "var" / "mail"
    )


@pytest.mark.parametrize("name", ["pa nel #1 50%? ü+"])
def test_f13_s23_a_checkout_in_an_odd_folder_keeps_everything_in_its_own_var(tmp_path, name):
    folder = copy_of_the_code(tmp_path / name)
    var = folder / "var"
    var.mkdir(mode=0o755)
    (var / "mail").mkdir(mode=0o755)
    (var / "mail" / "old.log").write_text("x")
    ran = run(folder, "-m", "cloudpanel.operation.start")
    assert ran.returncode == 0, ran.stderr
    for command in ("migrate", "housekeeping"):
        ran = run(folder, "manage.py", command)
        assert ran.returncode == 0, ran.stderr
    assert (var / "db.sqlite3").stat().st_size > 0
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert {path.name: mode(path) for path in (var, *var.rglob("*")) if mode(path) not in (0o700, 0o600)} == {}


def test_s23_files_that_were_open_are_closed_at_each_start(tmp_path):
    folder = tmp_path / "var"
    (folder / "mail").mkdir(parents=True, mode=0o755)
    paths = [folder / "db.sqlite3", folder / "db.sqlite3-wal", folder / "secret_key", folder / "mail" / "1.log"]
    for path in paths:
        path.touch(0o644)
        path.chmod(0o644)
    elsewhere = tmp_path / "data.sqlite3"
    elsewhere.touch()
    outside = tmp_path / "outside"
    outside.touch(0o644)
    (folder / "link").symlink_to(outside)
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(elsewhere)}
    assert private_files.make_folder_private(folder) == []
    assert private_files.make_private(*private_files.database_files(database)) == []
    assert {mode(path) for path in [*paths, elsewhere]} == {0o600}
    assert {mode(folder), mode(folder / "mail")} == {0o700}
    assert mode(outside) == 0o644


def test_f13_a_sign_of_urls_in_a_path_is_read_as_written_or_refused(tmp_path):
    (tmp_path / "c++" / "#1").mkdir(parents=True)
    url = f"sqlite:///{tmp_path}/c++/%231/db"
    config = env.read(SAFE | {"DATABASE_URL": url})
    assert config.problems == ()
    assert config.database["NAME"] == f"{tmp_path}/c++/#1/db"
    assert env.read(SAFE | {"DATABASE_URL": f"{url}?mode=ro"}).problems


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "DATABASE_URL is empty."),
        ("sqlite:", "DATABASE_URL must be"),
        ("sqlite://", "DATABASE_URL must be"),
        ("sqlite:///", "DATABASE_URL must be"),
        ("sqlite://host/db", "DATABASE_URL must be"),
        ("sqlite:///db%00", "DATABASE_URL must be"),
        (
            "sqlite:////nonexistent/folder/db",
            "DATABASE_URL names the folder /nonexistent/folder, which does not exist.",
        ),
        ("sqlite:///nonexistent/db", f"DATABASE_URL names the folder {ROOT}/nonexistent, which does not exist."),
        (
            "postgres://panel@h/panel?prepare_treshold=none",
            "DATABASE_URL has an option that PostgreSQL",
        ),
        ("sqlite:////dev/null", "DATABASE_URL names /dev/null, which is not a file."),
        ("sqlite:///tests", f"DATABASE_URL names {ROOT}/tests, which is not a file."),
    ],
)
def test_a_url_that_can_name_no_database_is_refused(url, said):
    [problem] = reasons(DATABASE_URL=url)
    assert problem.startswith(said)


def test_a_folder_that_is_given_as_database_stays_as_it_is(tmp_path):
    victim = tmp_path / "victim"
    (victim / "below").mkdir(parents=True)
    (victim / "below" / "file").touch()
    paths = (victim, victim / "below", victim / "below" / "file")
    for path in paths:
        path.chmod(0o755)
    ran = run(ROOT, "-m", "cloudpanel.operation.start", **SAFE | {"DATABASE_URL": f"sqlite:///{victim}"})
    assert (ran.returncode, "names" in ran.stderr) == (1, True)
    private_files.make_private(*private_files.database_files({"ENGINE": "sqlite3", "NAME": str(victim)}))
    assert {mode(path) for path in paths[1:]} == {0o755}


@pytest.mark.parametrize(
    "url", ["sqlite:////srv/panel #1/db", "postgres://panel:pass#word@127.0.0.1/panel", "postgres://h/panel#x"]
)
def test_f13_a_raw_sign_that_would_cut_the_url_is_refused_with_how_to_write_it(url):
    found = reasons(DATABASE_URL=url)
    assert len(found) == 1
    assert found[0].startswith("DATABASE_URL")
    assert "%23" in found[0]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"DRAIN_SECONDS": "abc"}, "DRAIN_SECONDS must be a number from 0 to 600."),
        ({"DRAIN_SECONDS": "-1"}, "DRAIN_SECONDS must be"),
        ({"DRAIN_SECONDS": "nan"}, "DRAIN_SECONDS must be"),
        ({"DRAIN_SECONDS": "inf"}, "DRAIN_SECONDS must be"),
        ({"PORT": "0"}, "PORT must be a whole number from 1 to 65535."),
        ({"PORT": "99999"}, "PORT must be"),
        ({"PORT": "٨"}, "PORT must be"),
        ({"ALLOWED_HOSTS": "https://other.example.org"}, "ALLOWED_HOSTS: 'https://other.example.org' is not the name"),
        ({"ALLOWED_HOSTS": "other.example.org:8443"}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "other.example.org/panel"}, "ALLOWED_HOSTS"),
        ({"TWOFACTOR_KEYS": f"{KEY}garbage"}, "TWOFACTOR_KEYS"),
    ],
)
def test_o11_a_refusal_names_its_setting_and_no_other(changed, said):
    found = reasons(**changed)
    assert len(found) == 1
    assert found[0].startswith(said)


def test_o11_keys_may_stand_on_lines_of_their_own():
    config = env.read(SAFE | {"TWOFACTOR_KEYS": f"{KEY}\n{KEY[::-1][1:]}=\n"})
    assert len(config.twofactor_keys) == 2


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("TRUSTED_PROXY", "TRUSTED_PROXIES"),
        ("PUBLIC_URl", "PUBLIC_URL"),
        ("public_url", "PUBLIC_URL"),
        ("TWOFACTOR_KEY", "TWOFACTOR_KEYS"),
        ("TWO_FACTOR_KEYS", "TWOFACTOR_KEYS"),
        ("SECRETKEY_FILE", "SECRET_KEY"),
        ("SESSION_HOUR", "SESSION_HOURS"),
        ("Debug", "DEBUG"),
        ("CLOUDPANEL_PUBLIC_URL", "PUBLIC_URL"),
    ],
)
def test_o11_a_misspelt_name_is_pointed_out(name, meant):
    assert names.hints([name, "PUBLIC_URL", "HOME"]) == [f"{name} is not a setting of the panel. Did you mean {meant}?"]


def test_o11_names_of_other_programs_are_left_alone():
    foreign = "HOME PATH HTTP_PROXY HTTPS_PROXY NO_PROXY PORTS DEBUGINFOD_URLS EMAIL HOSTS HOSTNAME SESSION_MANAGER"
    foreign += " INVOCATION_ID NOTIFY_SOCKET GUNICORN_CMD_ARGS DATABASE_USER DATABASE_HOST SSL_CERT_FILE LANG TERM"
    assert names.hints([*foreign.split(), *names.SETTINGS, *(f"{name}_FILE" for name in names.SETTINGS)]) == []
    assert names.hints(["CLOUDPANEL_THING"]) == ["CLOUDPANEL_THING is not a setting of the panel."]


def test_o11_every_setting_that_is_read_is_known_by_name():
    read = set(re.findall(r'reader\.\w+\("([A-Z_]+)"', (ROOT / "cloudpanel" / "configuration" / "env.py").read_text()))
    assert read | {"PORT"} == names.SETTINGS


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Where another user may look: pytest closes the folder above its own ones whenever another run begins."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_o11_a_var_of_another_user_is_a_sentence(open_folder):
    folder = copy_of_the_code(open_folder / "panel")
    (folder / "var").mkdir(mode=0o700)
    script = "import os; from cloudpanel.operation import start; os.setgid(65534); os.setuid(65534); start.prepare()"
    ran = run(folder, "-c", script)
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr
    assert f"The folder {folder / 'var'} must belong to the user that runs the panel (number 65534)." in ran.stderr


@pytest.mark.parametrize("command", ["migrate", "createowner", "housekeeping", "twofactor"])
@pytest.mark.parametrize(
    "wrong", [{"DATABASE_URL": "mysql://panel@127.0.0.1/panel"}, {"DATABASE_URL_FILE": "/nonexistent/url"}]
)
def test_o05_a_command_refuses_what_the_server_refuses(command, wrong):
    safe = {name: value for name, value in SAFE.items() if name != "DATABASE_URL"}
    ran = run(ROOT, "manage.py", command, **(safe | wrong))
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr
    assert "DATABASE_URL" in ran.stderr


@pytest.mark.parametrize("arguments", [["help"], ["createowner", "--help"], ["makemigrations", "--check"], ["version"]])
def test_o05_what_needs_no_settings_runs_without(arguments):
    ran = run(ROOT, "manage.py", *arguments, DATABASE_URL="sqlite://:memory:", PORT="0")
    assert ran.returncode == 0, ran.stderr


def test_o05_the_settings_file_is_read_by_every_command_and_the_environment_wins(tmp_path):
    file = tmp_path / "panel.env"
    file.write_text(
        f'# of the panel\n; too\n\nPUBLIC_URL="http://127.0.0.1:9701"\nPASSWORD_MIN_LENGTH=20\nSECRET_KEY={KEY}x\n'
        "PANEL_NAME=Cloud = Panel #1\n"
    )
    environment = {"CLOUDPANEL_ENV": str(file), "PASSWORD_MIN_LENGTH": "30", "SECRET_KEY_FILE": "/run/key"}
    assert settings_file.load(environment) == ()
    assert environment["PUBLIC_URL"] == "http://127.0.0.1:9701"
    assert environment["PANEL_NAME"] == "Cloud = Panel #1"
    assert environment["PASSWORD_MIN_LENGTH"] == "30"
    assert "SECRET_KEY" not in environment
    file.write_text("DATABASE_URL=mysql://panel@127.0.0.1/panel\nnonsense\n")
    for command in (["-m", "cloudpanel.operation.start"], ["manage.py", "housekeeping"]):
        ran = run(ROOT, *command, CLOUDPANEL_ENV=str(file), SECRET_KEY=SAFE["SECRET_KEY"], TWOFACTOR_KEYS=KEY)
        assert ran.returncode == 1
        assert "DATABASE_URL" in ran.stderr
        assert f"Line 2 of {file} is not NAME=value." in ran.stderr


def test_o05_a_settings_file_that_is_not_there_or_cannot_be_read_is_refused(tmp_path):
    missing = {"CLOUDPANEL_ENV": str(tmp_path / "missing")}
    assert settings_file.load(missing) == (f"The settings file {tmp_path / 'missing'} does not exist.",)
    latin = tmp_path / "latin.env"
    latin.write_bytes("PANEL_NAME=Müller\n".encode("latin-1"))
    assert settings_file.load({"CLOUDPANEL_ENV": str(latin)}) == (f"The settings file {latin} is not UTF-8 text.",)
    assert settings_file.load({"CLOUDPANEL_ENV": str(tmp_path)}) == (
        f"The settings file {tmp_path} cannot be read by this user.",
    )
    assert settings_file.load({"CLOUDPANEL_ENV": ""}) == ()
    assert safety.reasons(env.read(SAFE)) == []


def test_o05_the_wrapper_runs_commands_in_its_checkout(tmp_path):
    wrapper = ROOT / "docs" / "deploy" / "panel"
    assert os.access(wrapper, os.X_OK)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    python = tmp_path / ".venv" / "bin" / "python"
    python.write_text('#!/bin/sh\nprintf "%s|" "$PWD" "$(umask)" "$@"\n')
    python.chmod(0o755)
    environment = {"PATH": os.environ["PATH"], "CLOUDPANEL_HOME": str(tmp_path), "CLOUDPANEL_USER": "root"}
    ran = subprocess.run([wrapper, "createowner", "a b"], env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout == f"{tmp_path}|0077|manage.py|createowner|a b|"


def test_o14_a_server_stays_ready_after_new_code_was_put_under_it(tmp_path):
    folder = copy_of_the_code(tmp_path / "panel")
    assert run(folder, "manage.py", "migrate", "-v", "0").returncode == 0
    script = (
        "import cloudpanel.wsgi; from pathlib import Path; from cloudpanel.operation import health;"
        "last = max(name for app, name in health.last_migrations() if app == 'accounts');"
        "Path('accounts/migrations/9999_new.py').write_text(f'from django.db import migrations as m\\n"
        'class Migration(m.Migration):\\n    dependencies = [("accounts", "{last}")]\\n\');'
        "print(health.is_ready())"
    )
    settings = {"DJANGO_SETTINGS_MODULE": "cloudpanel.settings"}
    ran = run(folder, "-c", script, **settings)
    assert ran.stdout.split()[-1:] == ["True"], ran.stderr
    ran = run(
        folder,
        "-c",
        "import cloudpanel.wsgi; from cloudpanel.operation import health; print(health.is_ready())",
        **settings,
    )
    assert ran.stdout.split()[-1:] == ["False"], "the new code asks for its migration"
