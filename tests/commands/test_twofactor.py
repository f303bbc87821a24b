"""`twofactor`: the operator sees who has 2FA, requires it, resets it, and re-encrypts the stored keys."""

import json
from datetime import timedelta
from functools import partial
from io import StringIO

import pytest
import time_machine
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Attempts, AuditRow, Event, Outcome, User
from accounts.origin import SERVER
from tests.factories import make_admin, make_contract, make_member
from tests.people import Person, code_of
from tests.printed import printed_by
from twofactor import rotation, totp
from twofactor.factors import account, recovery_codes
from twofactor.factors import app as factor
from twofactor.models import Authenticator, RecoveryCode

pytestmark = pytest.mark.django_db
_run = partial(printed_by, "twofactor")


def _active(user: User) -> bytes:
    key = totp.new_key()
    assert account.activate(user, lambda user: factor.store(user, key, factor.now_step() - 2))
    user.refresh_from_db()
    return key


@pytest.fixture
def lena(owner: User) -> User:
    return make_member(owner.contracts.get(), "lena")


def test_status_as_json_lists_everybody(owner: User, lena: User) -> None:
    make_contract(owner, "Beta")
    make_admin("root")
    make_member(owner.contracts.first(), "nora", two_factor_required=False)
    _active(lena)
    RecoveryCode.objects.filter(pk=RecoveryCode.objects.first().pk).update(used_at=timezone.now())
    listed = {one.pop("username"): one for one in json.loads(_run("status", "--json"))}
    nothing = {"required_from": None, "active": False, "active_since": None, "recovery_codes_left": 0}
    assert listed["owner"] == {"contract": "Alpha Hosting, Beta", "required": False} | nothing
    assert listed["root"] == {"contract": None, "required": True} | nothing
    assert listed["nora"] == {"contract": "Alpha Hosting", "required": False} | nothing
    since = listed["lena"].pop("active_since")
    assert since == lena.two_factor_active_since.isoformat(timespec="seconds")
    assert listed["lena"] == {
        "contract": "Alpha Hosting",
        "required": True,
        "required_from": None,
        "active": True,
        "recovery_codes_left": 9,
    }


def test_status_as_a_table_tells_waits_and_stolen_passwords_too(lena: User) -> None:
    now = timezone.now()
    lena.password_revoked_at = now
    lena.save(update_fields=["password_revoked_at"])
    for key, minutes in (("a", 5), ("b", 10)):
        until = now + timedelta(minutes=minutes)
        Attempts.objects.create(key=key, kind="factor", user=lena, failures=9, blocked_until=until, updated_at=now)
    line = next(line for line in _run("status").splitlines() if line.startswith("lena"))
    assert f"waits until {now + timedelta(minutes=10):%H:%M:%S} UTC, password may be compromised" in line
    owner_line = next(line for line in _run("status").splitlines() if line.startswith("owner"))
    assert owner_line.split()[-1] == "-"


def test_status_of_an_empty_panel() -> None:
    assert _run("status") == "There are no accounts yet.\n"
    assert json.loads(_run("status", "--json")) == []


def test_status_takes_as_many_queries_for_many_as_for_one(
    owner: User, lena: User, django_assert_max_num_queries
) -> None:
    for number in range(10):
        _active(make_member(owner.contracts.get(), f"user{number}"))
    with django_assert_max_num_queries(13):
        _run("status")


def test_require_leads_an_open_session_to_the_set_up(owner: User) -> None:
    nora = make_member(owner.contracts.get(), "nora", two_factor_required=False)
    person = Person(nora)
    person.log_in()
    assert person.get("/").status_code == 200
    assert "now required of nora" in _run("require", "NORA")
    assert person.get("/").url == "/two-factor/setup/"
    row = AuditRow.objects.get(event=Event.TWO_FACTOR_REQUIRED)
    assert (row.actor_id, row.target_label, row.user_agent) == (None, "nora", "manage.py")


def test_requiring_what_is_required_changes_nothing(lena: User) -> None:
    assert "Nothing was changed" in _run("require", "lena")
    assert not AuditRow.objects.filter(event=Event.TWO_FACTOR_REQUIRED).exists()


@pytest.mark.parametrize("who", ["owner", "root", "lena"])
def test_reset_is_for_everybody(owner: User, lena: User, who: str) -> None:
    make_admin("root")
    user = User.objects.get(username=who)
    _active(user)
    assert f"two-factor authentication of {who} is reset" in _run("reset", who)
    user.refresh_from_db()
    assert not user.two_factor_active
    assert not Authenticator.objects.exists()
    assert not RecoveryCode.objects.exists()
    row = AuditRow.objects.get(event=Event.TWO_FACTOR_RESET)
    assert (row.actor_id, row.target_label, row.user_agent) == (None, who, "manage.py")


def test_after_a_reset_the_next_log_in_is_set_up(lena: User) -> None:
    person = Person(lena).enrol()
    _run("reset", "lena")
    assert not person.is_in()
    assert person.start_login().url == "/two-factor/setup/"


@pytest.mark.parametrize(
    ("planned", "said"),
    [
        ({"days": 30}, "It is required from 2027-03-31 08:00 UTC."),
        ({"days": -30}, "At the next login"),
        (None, "It is not required."),
    ],
)
@time_machine.travel("2027-03-01 08:00 +0000", tick=False)
def test_a_reset_says_whether_and_from_when_it_has_to_be_set_up_again(lena: User, planned, said) -> None:
    moment = timezone.now() + timedelta(**planned) if planned else None
    _active(lena)
    User.objects.filter(pk=lena.pk).update(two_factor_required=bool(moment), two_factor_required_from=moment)
    assert said in _run("reset", "lena")


def test_a_reset_of_nothing_says_so(lena: User) -> None:
    User.objects.filter(pk=lena.pk).update(two_factor_required=False)
    assert "Nothing was changed" in _run("reset", "lena")


@pytest.mark.parametrize("action", ["require", "reset"])
def test_an_unknown_name_is_told(action: str) -> None:
    with pytest.raises(CommandError, match="no account with the username nobody"):
        _run(action, "nobody")


@pytest.mark.parametrize("arguments", [[], ["what"], ["require"], ["reset", "a", "b"]])
def test_wrong_arguments_are_told(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        _run(*arguments)


def test_rotated_keys_open_under_the_new_key_alone(lena: User, settings) -> None:
    key, codes = _active(lena), RecoveryCode.objects.count()
    old, new = settings.TWOFACTOR_KEYS[0], Fernet.generate_key().decode()
    settings.TWOFACTOR_KEYS = [new, old]
    assert "first key: 1." in _run("rotate-keys")
    settings.TWOFACTOR_KEYS = [new]
    assert Authenticator.objects.get().key() == key
    assert RecoveryCode.objects.count() == codes == recovery_codes.CODES
    row = AuditRow.objects.get(event=Event.KEYS_ROTATED)
    assert (row.outcome, row.detail) == (Outcome.OK, {"rotated": 1, "unreadable": 0})


def test_a_log_in_works_before_and_after_a_rotation(lena: User, settings) -> None:
    person = Person(lena).enrol()
    settings.TWOFACTOR_KEYS = [Fernet.generate_key().decode(), *settings.TWOFACTOR_KEYS]
    _run("rotate-keys")
    settings.TWOFACTOR_KEYS = settings.TWOFACTOR_KEYS[:1]
    assert person.is_in()
    other = person.another_browser()
    other.start_login()
    assert other.post("/login/code/", {"code": code_of(person.key)}).url == "/"


def test_what_no_key_opens_is_counted_and_left_alone(owner: User, lena: User, settings) -> None:
    _active(lena)
    _active(owner)
    settings.TWOFACTOR_KEYS = [Fernet.generate_key().decode(), *settings.TWOFACTOR_KEYS]
    lost = Fernet(Fernet.generate_key()).encrypt(b"lost").decode()
    Authenticator.objects.filter(user=lena).update(secret=lost)
    with pytest.raises(CommandError, match="Unreadable: 1"):
        _run("rotate-keys")
    assert Authenticator.objects.get(user=lena).secret == lost
    row = AuditRow.objects.get(event=Event.KEYS_ROTATED)
    assert (row.outcome, row.detail) == (Outcome.FAILED, {"rotated": 1, "unreadable": 1})


def test_a_secret_moved_to_another_row_counts_as_unreadable(owner: User, lena: User) -> None:
    _active(lena)
    _active(owner)
    Authenticator.objects.filter(user=owner).update(secret=Authenticator.objects.get(user=lena).secret)
    assert rotation.rotate_keys(origin=SERVER) == rotation.Rotation(rotated=1, unreadable=1)


def test_a_key_that_changes_meanwhile_is_not_overwritten(lena: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new phone between reading and writing: the new key stays, and is rotated in its turn."""
    _active(lena)
    newer: list[bytes] = []
    reseal = rotation.crypto.reseal

    def meanwhile(sealed: str) -> str:
        if not newer:
            newer.append(_active(lena))
        return reseal(sealed)

    monkeypatch.setattr(rotation.crypto, "reseal", meanwhile)
    assert rotation.rotate_keys(origin=SERVER) == rotation.Rotation(rotated=1, unreadable=0)
    assert Authenticator.objects.get().key() == newer[0]


def test_a_row_that_changes_in_place_is_read_again(lena: User, monkeypatch: pytest.MonkeyPatch) -> None:
    key = _active(lena)
    sealed_again: list[str] = []
    reseal = rotation.crypto.reseal

    def meanwhile(sealed: str) -> str:
        if not sealed_again:
            sealed_again.append(reseal(sealed))
            Authenticator.objects.update(secret=sealed_again[0])
        return reseal(sealed)

    monkeypatch.setattr(rotation.crypto, "reseal", meanwhile)
    assert rotation.rotate_keys(origin=SERVER) == rotation.Rotation(rotated=1, unreadable=0)
    assert Authenticator.objects.get().key() == key


def test_rotation_without_authenticators() -> None:
    assert "first key: 0." in _run("rotate-keys")


@pytest.mark.parametrize("who", ["owner", "root", "lena"])
def test_s15_unlock_ends_every_wait(owner: User, lena: User, who: str) -> None:
    make_admin("root")
    person = Person(who, password="wrong")
    for _ in range(5):
        person.start_login()
    assert Person(who).start_login().status_code == 429
    assert _run("unlock", who.upper()) == f"{who} is unlocked: failed attempts are forgotten and no wait runs.\n"
    assert Person(who).start_login().status_code == 302
    row = AuditRow.objects.get(event=Event.USER_UNLOCKED)
    assert (row.target_label, row.actor_label, row.detail) == (who, "", {"waits": 1})


def test_s15_unlock_says_when_there_was_nothing_to_forget(lena: User) -> None:
    assert _run("unlock", "lena") == "Nothing was changed: no failed attempts are counted for lena.\n"
    assert not AuditRow.objects.filter(event=Event.USER_UNLOCKED).exists()
    with pytest.raises(CommandError, match="no account with the username nobody"):
        _run("unlock", "nobody")


@pytest.fixture
def lost_keys(owner: User, lena: User, settings) -> None:
    """Lena's and the owner's secrets were made with a key that is gone; nora's is of today."""
    nora = make_member(owner.contracts.get(), "nora")
    _active(lena)
    _active(owner)
    settings.TWOFACTOR_KEYS = [Fernet.generate_key().decode()]
    _active(nora)


@pytest.mark.parametrize("arguments", [["status"], ["status", "--json"]])
def test_o09_status_names_whose_secrets_no_key_opens(lost_keys: None, arguments: list[str]) -> None:
    out, err = StringIO(), StringIO()
    call_command("twofactor", *arguments, stdout=out, stderr=err)
    assert "opens the secrets of 2: lena, owner." in err.getvalue()
    assert "reset --unreadable" in err.getvalue()
    assert "reset --unreadable" not in out.getvalue()


def test_o09_status_works_without_any_key(lost_keys: None, settings) -> None:
    settings.TWOFACTOR_KEYS = []
    err = StringIO()
    call_command("twofactor", "status", stdout=StringIO(), stderr=err)
    assert "opens the secrets of 3: lena, nora, owner." in err.getvalue()


def test_o09_those_who_cannot_be_read_are_reset_and_nobody_else(lost_keys: None) -> None:
    printed = _run("reset", "--unreadable", "--noinput")
    assert "Can't be read: lena, owner." in printed
    assert list(Authenticator.objects.values_list("user__username", flat=True)) == ["nora"]
    assert set(AuditRow.objects.filter(event=Event.TWO_FACTOR_RESET).values_list("target_label", flat=True)) == {
        "lena",
        "owner",
    }
    assert _run("reset", "--unreadable") == "Nothing was changed: every stored secret can be read.\n"


@pytest.mark.parametrize(("answer", "left"), [("no", 3), ("", 3), ("yes", 1)])
def test_o09_it_asks_first(lost_keys: None, monkeypatch: pytest.MonkeyPatch, answer: str, left: int) -> None:
    monkeypatch.setattr("builtins.input", lambda prompt: answer)
    if left == 3:
        with pytest.raises(CommandError, match="Nothing was changed"):
            _run("reset", "--unreadable")
    else:
        _run("reset", "--unreadable")
    assert Authenticator.objects.count() == left


@pytest.mark.parametrize("arguments", [["reset"], ["reset", "lena", "--unreadable"]])
def test_o09_reset_is_of_one_or_of_all_that_are_unreadable(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        _run(*arguments)
