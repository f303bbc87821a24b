"""`TWOFACTOR_KEYS` while the panel runs: a new first key, an old one that goes, and secrets that nothing opens."""

from io import StringIO

import pytest
from cryptography.fernet import Fernet, MultiFernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from accounts.models import AuditRow, User
from cloudpanel.operation import refusal
from tests.factories import PASSWORD, make_member
from tests.people import CODE, KEY, Person, code_of, words
from twofactor import crypto
from twofactor.factors import app as factor
from twofactor.models import Authenticator, RecoveryCode

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))
ASK = "be read at the moment. Ask the account owner"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _old_key(settings):
    settings.TWOFACTOR_KEYS = [OLD]


@pytest.fixture
def ute(contract) -> Person:
    return Person(make_member(contract, "ute")).enrol()


@pytest.fixture
def paul(contract) -> Person:
    """Has yet to set up."""
    person = Person(make_member(contract, "paul"))
    person.start_login()
    person.key = person.read_key()
    return person


def pending_login(person: Person) -> Person:
    browser = person.another_browser()
    assert browser.start_login().url == "/login/code/"
    return browser


def opens_with(key: str, sealed: str) -> bool:
    try:
        MultiFernet([Fernet(key)]).decrypt(sealed.encode())
    except Exception:
        return False
    return True


def rotate() -> str:
    out = StringIO()
    call_command("twofactor", "rotate-keys", stdout=out)
    return out.getvalue()


def sealed(person: Person) -> str:
    return Authenticator.objects.get(user__username=person.username).secret


# A new first key.


def test_old_secrets_open_and_new_ones_are_sealed_under_the_first_key(settings, ute, paul):
    settings.TWOFACTOR_KEYS = [NEW, OLD]
    assert ute.is_in()
    assert pending_login(ute).post("/login/code/", {"code": code_of(ute.key)}).url == "/"
    assert opens_with(OLD, sealed(ute))
    assert paul.read_key() == paul.key  # it was begun under the old key and goes on
    assert paul.post("/two-factor/setup/", {"code": code_of(paul.key)}).url == "/two-factor/activated/"
    assert opens_with(NEW, sealed(paul))
    assert not opens_with(OLD, sealed(paul))


def test_rotate_keys_re_encrypts_and_then_the_old_key_can_go(settings, ute):
    settings.TWOFACTOR_KEYS = [NEW, OLD]
    assert "Re-encrypted under the first key: 1." in rotate()
    assert opens_with(NEW, sealed(ute))
    settings.TWOFACTOR_KEYS = [NEW]
    assert ute.is_in()
    assert pending_login(ute).post("/login/code/", {"code": code_of(ute.key)}).url == "/"
    row = AuditRow.objects.get(event="keys_rotated")
    assert (row.outcome, row.user_agent, row.detail) == ("ok", "manage.py", {"rotated": 1, "unreadable": 0})


def test_a_rotation_ends_no_session_and_frees_no_used_code(settings, ute):
    used = code_of(ute.key)
    browser = pending_login(ute)
    browser.post("/login/code/", {"code": used})
    before = User.objects.get(username="ute").stamp, Authenticator.objects.get().last_step
    settings.TWOFACTOR_KEYS = [NEW, OLD]
    rotate()
    assert (User.objects.get(username="ute").stamp, Authenticator.objects.get().last_step) == before
    assert browser.is_in()
    assert "already used" in words(pending_login(ute).post("/login/code/", {"code": used}))


def test_a_log_in_pending_before_the_rotation_goes_on_after_it(settings, ute):
    browser = pending_login(ute)
    settings.TWOFACTOR_KEYS = [NEW, OLD]
    rotate()
    settings.TWOFACTOR_KEYS = [NEW]
    assert browser.post("/login/code/", {"code": code_of(ute.key)}).url == "/"


def test_rotating_twice_changes_nothing_that_matters(settings, ute):
    settings.TWOFACTOR_KEYS = [NEW, OLD]
    rotate()
    settings.TWOFACTOR_KEYS = [NEW]
    rotate()
    assert Authenticator.objects.get().key() == ute.key


def test_rotate_keys_leaves_what_it_cannot_open_and_says_so(settings, ute, paul):
    paul.post("/two-factor/setup/", {"code": code_of(paul.key)})
    Authenticator.objects.filter(user__username="paul").update(
        secret=MultiFernet([Fernet(OTHER)]).encrypt(b"x").decode()
    )
    before = sealed(paul)
    settings.TWOFACTOR_KEYS = [NEW, OLD]
    with pytest.raises(CommandError, match="Unreadable: 1"):
        rotate()
    assert sealed(paul) == before
    assert opens_with(NEW, sealed(ute))
    assert AuditRow.objects.get(event="keys_rotated").outcome == "failed"


# A secret that nothing opens.


@pytest.fixture(params=["key gone", "moved from another user", "moved from another use", "cut", "rubbish", "empty"])
def unreadable(request, settings, ute, contract) -> Person:
    """U, whose stored secret no key opens for them; whoever moved it knows the other one's key."""
    row = Authenticator.objects.filter(user__username="ute")
    if request.param == "key gone":
        settings.TWOFACTOR_KEYS = [NEW]
    elif request.param == "moved from another user":
        thief = Person(make_member(contract, "eve")).enrol()
        row.update(secret=sealed(thief))
        ute.key = thief.key
    elif request.param == "moved from another use":
        user = User.objects.get(username="ute")
        row.update(secret=crypto.seal(ute.key, user_id=user.pk, purpose=crypto.SETUP))
    else:
        row.update(secret={"cut": sealed(ute)[:-4], "rubbish": "gAAAAA \u00e4\u20ac", "empty": ""}[request.param])
    return ute


def test_a_code_is_refused_with_a_sentence_a_row_and_no_way_round(unreadable):
    browser = pending_login(unreadable)
    for code in (code_of(unreadable.key), "000000"):
        answer = browser.post("/login/code/", {"code": code})
        assert answer.status_code == 200
        assert ASK in words(answer)
    assert not browser.is_in()
    assert browser.get("/two-factor/setup/").url == "/login/code/"
    assert browser.get("/").url == "/login/code/"
    rows = AuditRow.objects.filter(event="secret_unreadable", target_label="ute")
    assert {row.outcome for row in rows} == {"failed"}
    assert rows.count() == 1  # the same is one row a minute


def test_it_is_no_guess_and_locks_nobody_out(unreadable):
    browser = pending_login(unreadable)
    for _ in range(12):
        assert browser.post("/login/code/", {"code": code_of(unreadable.key)}).status_code == 200
    answer = browser.post("/login/recovery/", {"recovery_code": unreadable.codes[0], "action": "sign_in"})
    assert answer.url == "/"


def test_recovery_codes_need_no_key(unreadable):
    browser = pending_login(unreadable)
    answer = browser.post("/login/recovery/", {"recovery_code": unreadable.codes[0], "action": "sign_in"})
    assert answer.url == "/"
    assert browser.is_in()
    again = pending_login(unreadable)
    answer = again.post("/login/recovery/", {"recovery_code": unreadable.codes[1], "action": "disable"})
    assert answer.url == "/two-factor/setup/"
    key = again.read_key()
    assert again.post("/two-factor/setup/", {"code": code_of(key)}).url == "/two-factor/activated/"
    assert factor.authenticator_of(User.objects.get(username="ute")).key() == key


def test_the_confirmation_refuses_the_code_and_takes_a_recovery_code(unreadable):
    page = unreadable.post("/confirm/", {"password": PASSWORD, "code": code_of(unreadable.key), "next": "/profile/"})
    assert page.status_code == 200
    assert ASK in words(page)
    form = {"password": PASSWORD, "recovery_code": unreadable.codes[2], "next": "/profile/"}
    assert unreadable.post("/confirm/", form).url == "/profile/"


def test_every_page_works_for_who_is_logged_in_already(unreadable, olivia):
    number = User.objects.get(username="ute").pk
    for page in ("/", "/profile/", "/profile/security/", "/management/users/", "/two-factor/recovery-codes/"):
        assert unreadable.get(page).status_code == 200, page
    for page in ("/management/users/", f"/management/users/{number}/", "/"):
        assert olivia.get(page).status_code == 200, page
    assert unreadable.post("/two-factor/recovery-codes/").url == "/two-factor/activated/"


def test_a_new_phone_needs_no_old_key(unreadable):
    key = unreadable.read_key()
    assert unreadable.post("/two-factor/setup/", {"code": code_of(key)}).url == "/two-factor/activated/"
    unreadable.key = key
    assert pending_login(unreadable).post("/login/code/", {"code": code_of(key, 1)}).url == "/"


def test_the_owner_resets_it(unreadable, olivia):
    number = User.objects.get(username="ute").pk
    olivia.post(f"/management/users/{number}/two-factor-reset/")
    browser = unreadable.another_browser()
    assert browser.start_login().url == "/two-factor/setup/"
    assert not RecoveryCode.objects.filter(user=number).exists()


# What lies in sessions under a key that is gone.


def test_a_pending_set_up_begins_anew(settings, paul):
    settings.TWOFACTOR_KEYS = [NEW]
    assert paul.get("/two-factor/setup/").status_code == 200
    key = paul.read_key()
    assert key != paul.key
    assert paul.post("/two-factor/setup/", {"code": code_of(key)}).url == "/two-factor/activated/"


@pytest.mark.parametrize("code", ["000000", "", "x", "right"])
def test_a_set_up_posted_under_a_key_that_is_gone_is_no_fault(settings, paul, code):
    settings.TWOFACTOR_KEYS = [NEW]
    answer = paul.post("/two-factor/setup/", {"code": code_of(paul.key) if code == "right" else code})
    assert answer.status_code in (200, 302)
    assert not Authenticator.objects.exists()
    assert not paul.is_in()
    following = paul.client.get("/two-factor/setup/", follow=True)
    assert following.status_code == 200


def test_a_wait_at_a_set_up_whose_key_is_gone_is_no_fault(settings, paul):
    for _ in range(5):
        paul.post("/two-factor/setup/", {"code": "000000"})
    settings.TWOFACTOR_KEYS = [NEW]
    assert paul.post("/two-factor/setup/", {"code": "000000"}).status_code in (200, 302, 429)


def test_a_new_phone_begun_under_a_key_that_is_gone_is_no_fault(settings, ute):
    settings.TWOFACTOR_KEYS = [NEW, OLD]
    ute.read_key()
    settings.TWOFACTOR_KEYS = [OLD]
    assert ute.get("/two-factor/setup/").status_code == 200
    ute.read_key()
    settings.TWOFACTOR_KEYS = [NEW]
    for code in ("000000", ""):
        assert ute.post("/two-factor/setup/", {"code": code}).status_code in (200, 302)


def test_new_codes_under_a_key_that_is_gone_are_shown_no_more(settings, paul):
    paul.post("/two-factor/setup/", {"code": code_of(paul.key)})
    assert len(set(CODE.findall(paul.get("/two-factor/activated/").content.decode()))) == 10
    settings.TWOFACTOR_KEYS = [NEW, OLD]
    assert paul.get("/two-factor/activated/").status_code == 200
    settings.TWOFACTOR_KEYS = [NEW]
    for page in ("/two-factor/activated/", "/two-factor/recovery-codes/download/"):
        answer = paul.get(page)
        assert answer.status_code == 302, page
        assert not CODE.search(answer.content.decode())
    assert paul.post("/two-factor/activated/").status_code == 302
    assert paul.is_in()


def test_no_page_shows_a_key_that_it_could_not_read(unreadable):
    for page in ("/profile/security/", "/profile/"):
        answer = unreadable.get(page)
        assert answer.status_code == 200
        assert not KEY.search(answer.content.decode())


# Starting with keys that open nothing.


def refused() -> str:
    with pytest.raises(ImproperlyConfigured) as unsafe:
        refusal.refuse_if_unsafe()
    return str(unsafe.value)


@pytest.fixture
def _connection_stays(monkeypatch):
    """The check closes its connections before a server forks; the test's transaction lives in this one."""
    monkeypatch.setattr(refusal.connections, "close_all", lambda: None)


@pytest.mark.usefixtures("_connection_stays")
def test_a_start_with_keys_that_open_nothing_is_refused(settings, ute):
    refusal.refuse_if_unsafe()
    settings.TWOFACTOR_KEYS = [NEW]
    assert "TWOFACTOR_KEYS open none of the stored secrets" in refused()
    settings.TWOFACTOR_KEYS = [NEW, OLD]
    refusal.refuse_if_unsafe()


@pytest.mark.usefixtures("_connection_stays")
def test_a_start_without_any_stored_secret_is_not_refused(settings, contract):
    settings.TWOFACTOR_KEYS = [NEW]
    refusal.refuse_if_unsafe()


@pytest.mark.usefixtures("_connection_stays")
def test_one_secret_that_opens_is_enough_to_start(settings, ute, paul):
    paul.post("/two-factor/setup/", {"code": code_of(paul.key)})
    Authenticator.objects.filter(user__username="paul").update(secret="rubbish")
    refusal.refuse_if_unsafe()


@pytest.mark.usefixtures("_connection_stays")
def test_the_newest_fifty_being_spoilt_does_not_stop_a_start_that_opens_older_ones(ute, contract):
    member = make_member(contract, "many")
    for number in range(51):
        spoilt = User.objects.create(username=f"u{number}", name="U", contract=contract, role=member.role)
        Authenticator.objects.create(user=spoilt, secret="rubbish", name="app")
    refusal.refuse_if_unsafe()
