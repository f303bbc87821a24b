"""One folding: who is the same, what is found and what comes first do not depend on the database."""

import json
import subprocess
import sys
import unicodedata
from collections.abc import Iterator

import psycopg
import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts import folding
from accounts.lists.rekeying import put_right
from accounts.models import Role, User
from accounts.models.texts import derived
from accounts.users import queries
from accounts.users.search import Search
from tests.factories import make_contract, make_member, make_role
from tests.people import words
from tests.servers import database as databases
from tests.servers.machine import ROOT, environment, run

DECOMPOSED = unicodedata.normalize("NFD", "Ärzte")
READERS_ORDER = [
    "Ärger",
    "Otto",
    "Ozgur",
    "Özgür",
    "Ozgut",
    "Paul",
    "Straße",
    "Strassf",
    "Zoe",
    "Zoë",
    "Zoé Z",
    "Ян",
    "😀",
]
TURKISH = "LOCALE_PROVIDER icu ICU_LOCALE 'tr' LOCALE 'C.UTF-8' TEMPLATE template0"
any_text = st.text(max_size=150).filter(lambda text: not any("\ud800" <= sign <= "\udfff" or not sign for sign in text))


@pytest.mark.parametrize("text", ["İ" * 76, "ﬄ" * 150, "ΐ" * 150, "\ufdfa" * 150, "😀" * 150, "\u0301" * 150])
def test_f09_folded_names_fit_their_columns(olivia, contract, text):
    role = contract.roles.get()
    fields = {"name": text, "username": "wide", "invite": "on", "email": "w@example.com", "role": str(role.pk)}
    response = olivia.post("/management/users/create/", fields | {"two_factor_required": "yes"})
    assert response.status_code == 302, words(response)
    response = olivia.post("/management/roles/create/", {"name": text[:100], "description": ""})
    assert response.status_code == 302, words(response)
    assert User.objects.get(username="wide").name == text


@settings(max_examples=300, deadline=None)
@given(any_text)
def test_f09_no_text_outgrows_its_folded_column(text):
    composed = folding.nfc(text)[:150]
    assert len(folding.sort_key(composed)) <= folding.SORT_KEY_MAX_LENGTH
    assert len(folding.folded(composed)) <= folding.FOLDED_GROWTH * 150


def test_f23_decomposed_and_composed_are_one_role(olivia, contract):
    make_role(contract, name="Ärzte")
    for name in (DECOMPOSED, DECOMPOSED.upper(), "ärzte"):
        assert "A role with this name already exists." in words(
            olivia.post("/management/roles/create/", {"name": name, "description": ""})
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Role.objects.create(contract=contract, name=DECOMPOSED.upper())
    assert Role.objects.create(contract=make_contract(contract.owner), name=DECOMPOSED).name_key == "ärzte"


@pytest.mark.parametrize("path", ["/management/users/create/", "/profile/name/"])
def test_f23_names_are_stored_composed(olivia, contract, path):
    name = unicodedata.normalize("NFD", "Zoë Ångström")
    role = contract.roles.get()
    fields = {"name": name, "username": "zoe", "invite": "on", "email": "z@example.com", "role": str(role.pk)}
    assert olivia.post(path, fields).status_code == 302
    assert User.objects.filter(name="Zoë Ångström").exists()
    stored = User.objects.order_by("-pk" if "create" in path else "pk").values_list("name", flat=True).first()
    assert stored == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize("typed", ["zoë", "ZOË", "zoe\u0308", "ZOE\u0308", "zoe", "oë ångs"])
def test_f23_a_search_finds_either_composition_in_any_case(olivia, contract, typed):
    make_member(contract, "u1", name=unicodedata.normalize("NFD", "Zoë Ångström"))
    make_member(contract, "u2", name="Zoë Ångström")
    make_member(contract, "u3", name="Zora")
    page = olivia.client.get("/management/users/", {"q": typed})
    assert [user.username for user in page.context["page"].rows] == ["u1", "u2"]


def test_f23_the_log_finds_either_composition(olivia, contract):
    for name in (DECOMPOSED, "Ärzte"):
        make_role(contract, name=f"{name} {len(name)}")
    for role in contract.roles.filter(built_in=False):
        olivia.post(f"/management/roles/{role.pk}/delete/")
    for typed in ("ärzte", unicodedata.normalize("NFD", "ÄRZTE")):
        assert len(olivia.client.get("/management/logs/", {"q": typed}).context["lines"]) == 2


def test_f24_names_stand_where_a_reader_looks_for_them(olivia, contract):
    for number, name in enumerate(reversed(READERS_ORDER)):
        make_member(contract, f"u{number}", name=name)
    shown = olivia.get("/management/users/").context["page"].rows
    assert [user.name for user in shown] == READERS_ORDER
    turned = olivia.get("/management/users/?sort=-name").context["page"].rows
    assert [user.name for user in turned] == READERS_ORDER[::-1]


def test_f24_roles_and_contracts_too(olivia, contract):
    for name in ("Zoll", "Öffnung", "Ost"):
        make_role(contract, name=name)
        make_contract(contract.owner, name)
    assert [role.name for role in queries.roles(contract)] == ["Administrator", "Öffnung", "Ost", "Zoll"]
    listed = [held.name for held in olivia.get("/contracts/").context["contracts"]]
    assert listed == ["Alpha Hosting", "Öffnung", "Ost", "Zoll"]


def every_key_fits() -> bool:
    return all(
        getattr(row, field.name) == field.derive(getattr(row, field.source))
        for model in (User, Role)
        for row in model.objects.all()
        for field in derived(model)
    )


def test_f24_no_way_of_writing_a_name_forgets_its_key(olivia, contract):
    lena = make_member(contract, name="Lena")
    role = make_role(contract, name="Viewers")
    users = [User(username=f"b{n}", name=f"Öz {n}", contract=contract, role=role) for n in range(2)]
    User.objects.bulk_create(users)
    User.objects.filter(pk=lena.pk).update(name="Özlem")
    contract.roles.filter(pk=role.pk).update(name="Öffner")
    users[0].name = "Ämilie"
    users[0].save(update_fields=["name"])
    users[1].name = "Übel"
    users[1].save()
    olivia.post("/profile/name/", {"name": "Éowyn"})
    olivia.post(f"/management/users/{lena.pk}/name/", {"name": "Ørsted"})
    assert User.objects.get(pk=lena.pk).name == "Ørsted"
    assert every_key_fits()
    with pytest.raises(AttributeError):
        User.objects.bulk_update(users, ["name"])  # an expression: nobody would know its key


def test_f24_rows_of_an_older_server_are_put_right(contract, capsys):
    lena = make_member(contract, name="Lena")
    make_role(contract, name="Viewers")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET name = %s, name_key = '' WHERE id = %s", [DECOMPOSED, lena.pk])
        cursor.execute("UPDATE accounts_role SET name_key = NULL")
    call_command("housekeeping")
    assert "Put 3 names in order" in capsys.readouterr().out
    lena.refresh_from_db()
    assert (lena.name, every_key_fits()) == ("Ärzte", True)
    assert sum(map(put_right, (User, Role))) == 0


def test_f08_a_search_and_a_log_in_fold_ascii_letters_alone(contract):
    make_member(contract, "IRINA", name="IRINA", email="IRINA@example.com")
    for typed in ("irina", "IRINA", "Irina"):
        assert User.objects.named(typed).exists()
        assert Search(q=typed).among(queries.sub_users(contract)).count() == 1
    assert not User.objects.named("ırına").exists()
    assert not User.objects.named("\u212airina").exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_member(contract, "irina")


@pytest.fixture
def database(tmp_path) -> Iterator[databases.Database]:
    made = databases.make(tmp_path)
    yield made
    made.drop()


def test_f08_old_rows_are_migrated(database):
    run(database.url, "manage.py", "migrate", "accounts", "0010", "-v", "0")
    run(database.url, "-m", "tests.accounts.folding_rows")
    printed = run(database.url, "manage.py", "migrate", "--noinput", "-v", "0")
    assert f"The role “{DECOMPOSED}”" in printed
    assert [name for (name,) in database.rows("SELECT name FROM accounts_role ORDER BY id")] == ["Ärzte", "Ärzte (2)"]
    assert database.rows("SELECT name, name_key FROM accounts_user") == [("Özgür", "ozgur\x01özgür")]
    run(database.url, "manage.py", "migrate", "accounts", "0010", "-v", "0")
    assert database.one("SELECT count(*) FROM accounts_user WHERE name_key <> ''") == 1


@pytest.fixture
def turkish() -> Iterator[str]:
    """The address of a database of PostgreSQL whose lower("I") is "ı"."""
    made = databases.OnPostgres()
    made.drop()
    made._maintain(f"CREATE DATABASE {made.name} {TURKISH}")
    with psycopg.connect(made.url) as found:
        assert found.execute("SELECT lower('I')").fetchone() == ("ı",)
    yield made.url
    made.drop()


@pytest.mark.skipif(not databases.POSTGRESQL, reason="about PostgreSQL")
def test_f08_under_turkish_rules(turkish):
    run(turkish, "manage.py", "migrate", "--noinput", "-v", "0")
    printed = run(turkish, "-m", "tests.accounts.turkish")
    assert json.loads(printed.splitlines()[-1]) == {
        "logged in": ["IRINA", "irina", "Irina"],
        "twin": "This username is taken.",
        "found": ["IRINA", "irina", "IRI", "@EXAMPLE"],
        "mailed": True,
        "same role": "A role with this name already exists. Choose another name.",
        "log": 1,
        "in admin": ["User", "User", "Role", "Contract", "AuditRow"],
    }


@pytest.mark.skipif(not databases.POSTGRESQL, reason="about PostgreSQL")
def test_f08_twins_stop_the_migration_with_a_sentence(turkish):
    run(turkish, "manage.py", "migrate", "accounts", "0010", "-v", "0")
    with psycopg.connect(turkish) as old:
        for username in ("IRINA", "irina"):
            old.execute(
                "INSERT INTO accounts_user (password, username, name, email, pending_email, description, language,"
                " must_change_password, password_set_by_other, is_active, is_staff, is_superuser,"
                " two_factor_required, stamp, resets, created_at)"
                " VALUES ('!', %s, 'I', '', '', '', '', false, false, true, false, false, true, 0, 0, now())",
                [username],
            )
    done = migrate(turkish)
    assert done.returncode == 1
    assert "    IRINA, irina\nNothing was migrated." in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def migrate(url: str):
    command = [sys.executable, "manage.py", "migrate", "--noinput", "-v", "0"]
    return subprocess.run(command, cwd=ROOT, env=environment(url), capture_output=True, check=False, timeout=120)


def test_longer_text_than_any_field_is_not_composed_because_its_marks_would_be_sorted_for_minutes():
    longest = "a" + "\u0315\u0300" * ((folding.NORMALIZED_MAX_LENGTH - 1) // 2)
    assert folding.nfc(longest).startswith("à")
    longer = longest + "\u0315\u0300"
    for form in (folding.nfc, folding.folded):
        assert form(longer).startswith("a")


def test_everything_is_composed_within_that_bound():
    """Text of strangers reaches it before its length is checked."""
    packages = [ROOT / package for package in ("accounts", "twofactor", "cloudpanel")]
    files = [file for package in packages for file in package.rglob("*.py") if "normalize(" in file.read_text()]
    assert [file.name for file in files] == ["folding.py"]


@pytest.mark.django_db
def test_marks_that_take_a_stranger_no_time_to_send_are_refused_for_their_length(client):
    page = client.post("/password/forgot/", {"username_or_email": "a" + "\u0315\u0300" * 200_000})
    assert page.status_code == 200
    assert "characters" in words(page)
