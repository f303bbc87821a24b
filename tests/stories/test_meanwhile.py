"""What was shown is no longer so when the button is pressed: a sentence, nothing written, nobody half in."""

from io import StringIO

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.db.models import F, Q
from django.http import Http404
from django.utils import timezone

from accounts.gate.refusals import contract_of
from accounts.gate.saved_input import MAX_CHARACTERS
from accounts.logs import queries as log_queries
from accounts.models import Attempts, AuditRow, Role, User
from accounts.origin import SERVER
from accounts.reset import services as reset_services
from accounts.reset.links import Link
from accounts.users import services as user_services
from accounts.users.queries import latent_rights
from tests.factories import PASSWORD, make_contract, make_member, make_role
from tests.meanwhile import meanwhile
from tests.people import Person, code_of, words
from tests.twofactor.keys.browser import REGISTER
from tests.twofactor.keys.token import ORIGIN
from twofactor import crypto, totp
from twofactor.factors import app as factor
from twofactor.login import throttles
from twofactor.models import Authenticator, RecoveryCode

pytestmark = pytest.mark.django_db
NEW = "seven brave otters juggle"
MOVED = "somebody else has just changed this role"
SIGN_IN, ACTIVATION = "SET last_login", "COALESCE(two_factor_active_since"
USER, ROLE = 'UPDATE "accounts_user"', 'UPDATE "accounts_role"'


@pytest.fixture
def lena(contract) -> Person:
    return Person(make_member(contract)).enrol()


def account(person: Person) -> User:
    return User.objects.get(username=person.username)


def another_stamp(person: Person):
    return lambda: User.objects.filter(username=person.username).update(stamp=F("stamp") + 1)


def gone(person: Person):
    owner = account(person).contract.owner
    return lambda: user_services.delete_user(actor=owner, target=account(person), origin=SERVER)


def test_a_log_in_whose_account_changes_at_its_last_write_is_over(lena):
    browser = lena.another_browser()
    browser.start_login()
    with meanwhile(another_stamp(lena), before=SIGN_IN):
        answer = browser.post("/login/code/", {"code": code_of(lena.key)})
    assert answer.url == "/login/?ended=changed"
    assert not browser.is_in()
    assert "changed in the meantime" in words(browser.get(answer.url))


def test_a_password_log_in_whose_account_changes_at_its_last_write_is_over(contract):
    nina = Person(make_member(contract, "nina", two_factor_required=False))
    with meanwhile(another_stamp(nina), before=SIGN_IN):
        assert nina.start_login().url == "/login/?ended=changed"
    assert not nina.is_in()


@pytest.mark.parametrize(
    "change",
    [
        {"stamp": F("stamp") + 1},
        {"is_active": False},
        {"password": "another"},
        {"password_revoked_at": timezone.now},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_set_up_whose_account_changes_at_its_last_moment_leaves_nothing(contract, change):
    paul = Person(make_member(contract, "paul"))
    paul.start_login()
    key = paul.read_key()
    values = {name: value() if callable(value) else value for name, value in change.items()}
    with meanwhile(lambda: User.objects.filter(username="paul").update(**values), before=ACTIVATION):
        answer = paul.post("/two-factor/setup/", {"code": code_of(key)})
    assert answer.url == "/login/?ended=elsewhere"
    assert not paul.is_in()
    assert not Authenticator.objects.exists()
    assert not RecoveryCode.objects.exists()
    assert not account(paul).two_factor_active
    assert account(paul).last_login is None


def test_the_factor_is_disabled_and_the_account_changed_before_the_log_in_goes_on(lena):
    browser = lena.another_browser()
    browser.start_login()
    with meanwhile(another_stamp(lena), before='DELETE FROM "accounts_session"'):
        answer = browser.post("/login/recovery/", {"recovery_code": lena.codes[0], "action": "disable"})
    assert answer.url == "/login/?ended=changed"
    assert not browser.is_in()


@pytest.mark.django_db(transaction=True)
def test_an_account_that_goes_away_before_its_log_in_is_pending_again_is_no_fault(lena):
    browser = lena.another_browser()
    browser.start_login()
    with meanwhile(gone(lena), before='INSERT INTO "accounts_session"'):
        answer = browser.post("/login/recovery/", {"recovery_code": lena.codes[0], "action": "disable"})
    assert answer.url == "/two-factor/setup/"
    assert browser.get(answer.url).url == "/login/?ended=changed"
    assert not browser.is_in()


@pytest.mark.django_db(transaction=True)
def test_an_account_that_goes_away_before_its_notice_is_written_is_no_fault(lena):
    browser = lena.another_browser()
    browser.start_login()
    wrong = throttles.second_factor(account(lena), None)[1]
    Attempts.objects.create(key=wrong.key, kind=wrong.kind, failures=9, updated_at=timezone.now())
    with meanwhile(gone(lena), before='INSERT INTO "accounts_notice"'):
        answer = browser.post("/login/code/", {"code": "000000"})
    assert answer.url == "/login/code/"
    assert browser.get(answer.url).url == "/login/?ended=session"


@pytest.mark.django_db(transaction=True)
def test_an_account_that_goes_away_while_its_page_is_made_is_led_to_the_login(lena, settings):
    settings.PUBLIC_URL = ORIGIN
    with meanwhile(gone(lena), before='SELECT "accounts_user"."id", "accounts_user"."subject"'):
        answer = lena.post(f"{REGISTER}options/", content_type="application/json")
    assert answer.url == "/login/?ended=session"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", [IntegrityError, User.DoesNotExist])
def test_the_same_fault_of_somebody_who_is_still_there_is_one_of_the_panel(lena, fault):
    def fail() -> None:
        raise fault

    with pytest.raises(fault), meanwhile(fail, before=USER):
        lena.post("/profile/name/", {"name": "Lena Lang"})


@pytest.mark.django_db(transaction=True)
def test_a_contract_that_goes_away_while_it_is_chosen_leaves_nobody_in_it(owner):
    beta = make_contract(owner, "Beta Hosting")
    olivia = Person(owner)
    olivia.log_in()
    with meanwhile(beta.delete, before='UPDATE "accounts_session"'):
        olivia.post("/contracts/", {"contract": beta.pk})
    page = words(olivia.get("/", follow=True))
    assert "Alpha Hosting" in page
    assert "Beta Hosting" not in page


def test_a_forced_new_password_for_an_account_that_changes_meanwhile_is_not_taken(contract):
    nina = Person(make_member(contract, "nina", two_factor_required=False, must_change_password=True))
    assert nina.start_login().url == "/password/new/"
    old = account(nina).password
    with meanwhile(another_stamp(nina), before=USER):
        answer = nina.post("/password/new/", {"new_password1": NEW, "new_password2": NEW})
    assert answer.url == "/login/?ended=changed"
    assert account(nina).password == old


def test_an_own_new_password_for_an_account_that_changes_meanwhile_is_not_taken(contract):
    nina = Person(make_member(contract, "nina", two_factor_required=False))
    nina.log_in()
    old = account(nina).password
    with meanwhile(another_stamp(nina), before=USER):
        nina.post("/profile/password/", {"current_password": PASSWORD, "new_password1": NEW, "new_password2": NEW})
    assert account(nina).password == old


def test_a_mailed_link_that_dies_meanwhile_sets_no_password(contract):
    user = make_member(contract, "nina", email="nina@example.com")
    User.objects.filter(pk=user.pk).update(stamp=F("stamp") + 1)
    assert reset_services.choose_password(Link(user, None), NEW, origin=SERVER) is None
    assert User.objects.get(pk=user.pk).password == user.password


def test_a_mailed_link_sets_no_password_after_a_log_in_meanwhile(contract):
    user = make_member(contract, "nina", email="nina@example.com")

    def log_in() -> None:
        User.objects.filter(pk=user.pk).update(last_login=timezone.now())

    with meanwhile(log_in, before=USER):
        assert reset_services.choose_password(Link(user, None), NEW, origin=SERVER) is None
    assert User.objects.get(pk=user.pk).password == user.password


@pytest.mark.parametrize(
    ("page", "data"),
    [
        ("name", {"name": "Helpers"}),
        ("description", {"description": "They help"}),
        ("permissions", {"permissions": ["users.show"]}),
        ("delete", {}),
    ],
)
def test_a_role_that_somebody_else_changes_meanwhile_stays_as_they_left_it(olivia, contract, page, data):
    role = make_role(contract, "logs.show", name="Support")

    def change() -> None:
        Role.objects.filter(pk=role.pk).update(permissions=["roles.show"])

    before = 'AS "a" FROM "accounts_role"' if page == "delete" else ROLE
    with meanwhile(change, before=before):
        answer = olivia.post(f"/management/roles/{role.pk}/{page}/", data)
    assert answer.status_code == 302, words(answer)
    assert MOVED in words(olivia.get(answer.url))
    left = Role.objects.get(pk=role.pk)
    assert (left.name, left.description) == ("Support", "")
    assert "users.show" not in left.permissions


def test_nobody_is_put_into_a_role_that_changes_meanwhile(olivia, contract):
    role, user = make_role(contract, "logs.show", name="Support"), make_member(contract, "nina")

    def change() -> None:
        Role.objects.filter(pk=role.pk).update(permissions=["roles.show"])

    with meanwhile(change, before='AS "a" FROM "accounts_role"'):
        answer = olivia.post(f"/management/roles/{role.pk}/users/", {"ids": [user.pk]})
    assert MOVED in words(olivia.get(answer.url))
    assert User.objects.get(pk=user.pk).role_id == user.role_id


def test_a_name_that_somebody_else_takes_meanwhile_is_taken(olivia, contract):
    role = make_role(contract, "logs.show", name="Support")
    with meanwhile(lambda: make_role(contract, name="Helpers"), before=ROLE):
        answer = olivia.post(f"/management/roles/{role.pk}/name/", {"name": "Helpers"})
    assert answer.status_code == 200
    assert "A role with this name already exists." in words(answer)


def test_a_role_that_is_deleted_meanwhile_is_given_to_nobody(olivia, contract):
    role, user = make_role(contract, "logs.show", name="Support"), make_member(contract, "nina")
    with meanwhile(Role.objects.filter(pk=role.pk).delete, before='AS "a" FROM "accounts_role"'):
        answer = olivia.post(f"/management/users/{user.pk}/role/", {"role": role.pk})
    assert answer.status_code == 200, answer.url
    assert User.objects.get(pk=user.pk).role_id == user.role_id


def test_a_session_that_is_over_ends_once(olivia, owner):
    assert olivia.post("/profile/security/sessions/end/", {"session": "0" * 32}).url == "/profile/security/"
    assert "This session had already ended." in words(olivia.get("/profile/security/"))
    assert not AuditRow.objects.filter(event="session_ended").exists()


def test_reset_for_somebody_who_has_nothing_changes_nothing(olivia, contract):
    user = make_member(contract, "nina", two_factor_required=False)
    answer = olivia.post(f"/management/users/{user.pk}/two-factor-reset/")
    assert "Nothing was changed" in words(olivia.get(answer.url))
    assert User.objects.get(pk=user.pk).resets == 0


def test_what_is_too_long_to_be_kept_over_a_confirmation_is_asked_again(olivia, contract):
    """The page after the confirmation is there, as it is, without what was typed."""
    user = make_member(contract, "nina")
    session = olivia.client.session
    session["confirmed_at"] = 0
    session.save()
    address = f"/management/users/{user.pk}/email/"
    answer = olivia.post(address, {"email": "x" * MAX_CHARACTERS})
    assert answer.url.startswith("/confirm/")
    assert "saved_input" not in olivia.client.session


def test_what_a_command_did_is_told_as_the_server_s(olivia, contract):
    user = make_member(contract, "nina")
    user_services.set_name(actor=None, target=user, name="Nina Neu", origin=SERVER)
    page = words(olivia.get("/management/logs/"))
    assert "Server" in page
    assert "server command" in page


def test_a_log_in_of_which_nothing_is_left_to_ask_begins_anew(contract):
    paul = Person(make_member(contract, "paul"))
    assert paul.start_login().url == "/two-factor/setup/"
    User.objects.filter(username="paul").update(two_factor_required=False)
    assert paul.get("/two-factor/setup/").url == "/login/?ended=changed"
    assert paul.log_in().url == "/"


def test_a_key_rotation_takes_the_secret_that_somebody_else_has_just_written(lena):
    device = Authenticator.objects.get()

    def seal_again() -> None:
        Authenticator.objects.update(secret=crypto.reseal(device.secret))

    with meanwhile(seal_again, before='UPDATE "twofactor_authenticator"'):
        call_command("twofactor", "rotate-keys", stdout=StringIO())
    assert Authenticator.objects.get().key() == lena.key


def test_seven_wrong_present_passwords_are_one_wait_and_one_row(contract):
    nina = Person(make_member(contract, "nina", two_factor_required=False))
    nina.log_in()
    wrong = {"current_password": "not this one, no", "new_password1": NEW, "new_password2": NEW}
    answers = [nina.post("/profile/password/", wrong).status_code for _ in range(7)]
    assert answers == [200] * 5 + [429] * 2
    assert AuditRow.objects.filter(event="throttled").count() == 1


def test_a_log_read_in_chunks_ends_where_its_rows_end(olivia, contract):
    chunks = list(log_queries.in_chunks(contract, Q(), size=1))
    assert [row.event for [row] in chunks] == ["sign_in"]


def test_the_role_of_nobody_grants_nothing():
    assert latent_rights(None) == frozenset()


def test_without_a_contract_there_is_nothing_to_see(rf):
    request = rf.get("/management/users/")
    request.contract = None
    with pytest.raises(Http404):
        contract_of(request)


def test_a_file_whose_refused_rows_are_confirmed_all_the_same_changes_nothing(olivia):
    table = b"username,name,role\r\nnina,Nina,Administrator\r\nno/name,Nobody,Administrator\r\n"
    shown = olivia.post("/management/users/import/", {"file": SimpleUploadedFile("u.csv", table, "text/csv")})
    sealed = BeautifulSoup(shown.content, "html.parser").select_one("[name=sealed]")["value"]
    answer = olivia.post("/management/users/import/", {"sealed": sealed, "confirm": "yes"})
    assert answer.status_code == 200
    assert User.objects.count() == 1


def test_a_role_that_is_deleted_while_a_file_gives_it_to_users_changes_nobody(olivia, contract):
    role = make_role(contract, "logs.show", name="Support")
    make_member(contract, "nina")
    table = b"username,name,role\r\nnew,New,Administrator\r\nnina,Nina,Support\r\n"
    shown = olivia.post("/management/users/import/", {"file": SimpleUploadedFile("u.csv", table, "text/csv")})
    sealed = BeautifulSoup(shown.content, "html.parser").select_one("[name=sealed]")["value"]
    with meanwhile(Role.objects.filter(pk=role.pk).delete, before='INSERT INTO "accounts_user"'):
        answer = olivia.post("/management/users/import/", {"sealed": sealed, "confirm": "yes"})
    assert answer.status_code == 200
    assert not User.objects.filter(username="new").exists()
    assert User.objects.get(username="nina").role.name == "Administrator"


def test_several_users_who_change_meanwhile_are_named_as_left_out(olivia, contract):
    nina = make_member(contract, "nina", two_factor_required=False)
    fields = {"ids": [nina.pk], "action": "require", "confirm": "yes"}

    def require() -> None:
        User.objects.filter(pk=nina.pk).update(two_factor_required=True)

    with meanwhile(require, before=USER):
        answer = olivia.post("/management/users/bulk/", fields)
    assert "Nothing was changed" in words(olivia.get(answer.url))


def test_a_worker_that_starts_while_the_first_authenticator_is_set_up_finds_nothing_amiss(contract):
    """It has read that there is none; whoever asks a second time finds one that it has never tried to open."""
    paul = make_member(contract, "paul")
    late = []

    def set_up_after_the_first_reading(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if 'FROM "twofactor_authenticator"' in sql and not late:
            late.append(sql)
            key = totp.new_key()
            sealed = crypto.seal(key, user_id=paul.pk, purpose=crypto.AUTHENTICATOR)
            Authenticator.objects.create(user=paul, name="app", secret=sealed, last_step=0)
        return answer

    with connection.execute_wrapper(set_up_after_the_first_reading):
        assert factor.stored_secrets_readable()
    assert late
