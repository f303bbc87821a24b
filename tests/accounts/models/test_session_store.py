"""How long a session lives, what its row tells, and that the server ends it."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client

from accounts.models import Session, User, session_store
from accounts.models.session_store import SessionStore, row_key
from accounts.sessions import services as sessions
from tests.factories import make_contract, make_member, make_owner
from tests.people import Person, code_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def otto():
    """A sub-user who logs in by password alone."""
    user = make_member(make_owner().contracts.get(), "otto", two_factor_required=False)
    person = Person(user, headers={"user-agent": "Testbrowser/1.0"}, ip="192.0.2.7")
    person.log_in()
    return person


def row_of(person: Person) -> Session:
    return Session.objects.get(session_key=row_key(person.client.cookies["sessionid"].value))


def test_a_session_lives_while_it_is_used(otto, clock):
    for _ in range(23):
        clock.shift(timedelta(minutes=29))
        assert otto.is_in()


def test_a_session_dies_after_30_minutes_without_use(otto, clock):
    clock.shift(timedelta(minutes=30))
    assert not otto.is_in()


def test_a_session_dies_after_12_hours_however_busy(otto, clock):
    for _ in range(12 * 4 - 1):
        clock.shift(timedelta(minutes=15))
        assert otto.is_in()
    clock.shift(timedelta(minutes=15))
    assert not otto.is_in()


def test_a_session_that_goes_on_under_a_new_id_does_not_begin_anew(clock):
    """New recovery codes change the id of the session; the twelve hours run on from the login."""
    lena = Person(make_member(make_owner().contracts.get())).enrol()
    for _ in range(11 * 4):
        clock.shift(timedelta(minutes=15))
        assert lena.is_in()
    lena.post("/confirm/", {"password": lena.password, "code": code_of(lena.key)})
    assert lena.post("/two-factor/recovery-codes/").url == "/two-factor/activated/"
    for _ in range(3):
        clock.shift(timedelta(minutes=15))
        assert lena.is_in()
    clock.shift(timedelta(minutes=15))
    assert not lena.is_in()


def test_a_dead_session_does_not_come_back(otto, clock):
    clock.shift(timedelta(minutes=31))
    otto.get("/login/")
    clock.shift(timedelta(minutes=-10))
    assert not otto.is_in()


def test_who_comes_back_too_late_is_told_so(otto, clock):
    clock.shift(timedelta(minutes=31))
    response = otto.client.get("/profile/", follow=True)
    assert response.redirect_chain[0][0].startswith("/login/?")
    assert "Your session has ended" in response.content.decode()


def test_the_last_use_is_written_at_most_once_a_minute(otto, clock):
    began = row_of(otto).last_seen_at
    clock.shift(59)
    otto.is_in()
    assert row_of(otto).last_seen_at == began
    clock.shift(1)
    otto.is_in()
    assert row_of(otto).last_seen_at == began + timedelta(minutes=1)


def test_the_row_tells_whose_it_is_since_when_and_from_where(otto, clock):
    row = row_of(otto)
    assert row.user.username == "otto"
    assert (row.ip, row.user_agent) == ("192.0.2.7", "Testbrowser/1.0")
    assert row.created_at == row.last_seen_at
    assert row.expire_date == row.created_at + timedelta(hours=12)


def test_writing_to_a_session_does_not_make_it_live_longer(otto, clock):
    before = row_of(otto)
    clock.shift(timedelta(minutes=20))
    session = otto.client.session
    session["seen"] = "yes"
    session.save()
    assert row_of(otto).expire_date == before.expire_date
    assert row_of(otto).created_at == before.created_at


def test_the_session_cookie_has_no_age_is_http_only_and_lax(otto):
    cookie = otto.client.cookies["sessionid"]
    assert cookie["max-age"] == ""
    assert cookie["expires"] == ""
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Lax"


def test_logging_out_ends_the_session_on_the_server(otto):
    key = otto.client.cookies["sessionid"].value
    otto.post("/logout/")
    otto.client.cookies["sessionid"] = key
    assert not otto.is_in()
    assert not Session.objects.filter(session_key=row_key(key), user__isnull=False).exists()


def test_a_log_in_begins_under_a_new_session_id():
    person = Person(make_member(make_owner().contracts.get()))
    person.start_login()
    pending_login = person.client.cookies["sessionid"].value
    person.enrol()
    assert person.client.cookies["sessionid"].value != pending_login
    person.client.cookies["sessionid"] = pending_login
    assert not person.is_in()


@pytest.mark.parametrize("key", ["", "x", "a" * 32, "a" * 5000, "\x00", "../../etc", "é" * 32])
def test_a_made_up_session_id_is_nobody(otto, key):
    stranger = Person("otto")
    header = f"sessionid={key}"  # as it is: the client's own jar would quote it, and refuses NUL
    assert stranger.get("/profile/", headers={"cookie": header}).status_code == 302


@pytest.mark.parametrize(
    "change", [{"stamp": 1}, {"is_active": False}, {"password": "!"}], ids=["stamp", "state", "password"]
)
def test_a_change_of_the_account_ends_its_sessions_at_the_next_request(otto, change):
    User.objects.filter(username="otto").update(**change)
    assert not otto.is_in()


def test_ending_all_but_one_leaves_that_one(otto):
    user = User.objects.get(username="otto")
    others = [Person(user) for _ in range(3)]
    for other in others:
        other.log_in()
    sessions.end_all(user, but=otto.client.cookies["sessionid"].value)
    assert sessions.living(user).get() == row_of(otto)
    assert otto.is_in()
    assert not any(other.is_in() for other in others)


def test_a_session_that_was_ended_is_not_raised_from_the_dead_by_writing_to_it(otto):
    session = otto.client.session
    session["seen"] = "yes"
    Session.objects.all().delete()
    with pytest.raises(UpdateError):
        session.save()
    assert not Session.objects.exists()


def test_an_owners_choice_of_contract_stays_with_the_session():
    owner = make_owner()
    second = make_contract(owner, "Beta Hosting")
    person = Person(owner)
    person.log_in()
    assert person.get("/management/users/").url == "/contracts/?next=%2Fmanagement%2Fusers%2F"
    person.post("/contracts/", {"contract": second.pk})
    assert row_of(person).contract == second
    assert person.get("/management/users/").status_code == 200
    assert row_of(person).contract == second


def test_a_log_in_under_way_names_its_account_and_is_no_session_of_it(otto):
    """Read with its account at once, but neither listed nor counted nor ended as a session."""
    lena = Person(make_member(User.objects.get(username="otto").contract, "lena")).enrol()
    pending_login = lena.another_browser()
    pending_login.start_login()
    row = row_of(pending_login)
    user = User.objects.get(username="lena")
    assert (row.user, row.signed_in) == (user, False)
    assert sessions.living(user).get() == row_of(lena)
    sessions.end_all(user)
    assert not lena.is_in()
    assert row_of(pending_login) == row
    assert pending_login.get("/login/code/").status_code == 200
    assert not pending_login.is_in()


def test_the_step_after_the_password_reads_session_and_account_by_one_select(django_assert_num_queries):
    lena = Person(make_member(make_owner().contracts.get())).enrol()
    pending_login = lena.another_browser()
    pending_login.start_login()
    with django_assert_num_queries(1):
        assert pending_login.get("/login/code/").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/login/", "/", "/password/forgot/"])
def test_f04_a_session_cookie_that_is_not_ours_is_left_alone(path):
    stranger = Client()
    stranger.cookies["sessionid"] = "a" * 32
    assert "sessionid" not in stranger.get(path).cookies


def test_f04_one_of_ours_goes_with_the_log_out(otto):
    before = otto.client.cookies["sessionid"].value
    otto.post("/logout/")
    after = otto.client.cookies["sessionid"].value
    assert after != before, "it holds the sentence that one has logged out, and nobody's session"
    otto.client.cookies["sessionid"] = before
    assert otto.get("/profile/").url.startswith("/login/")


# Its data is signed, and the signature of the same text is verified once


def test_what_is_read_of_a_session_is_not_shared():
    text = SessionStore().encode({"a": [1]})
    SessionStore().decode(text)["a"].append(2)
    assert SessionStore().decode(text) == {"a": [1]}


def test_another_signature_is_refused_after_a_good_one():
    text = SessionStore().encode({"a": 1})
    assert SessionStore().decode(text) == {"a": 1}
    content, _, signature = text.rpartition(":")
    assert SessionStore().decode(f"{content}:{signature}x") == {}
    assert SessionStore().decode(f"{SessionStore().encode({'a': 2}).rpartition(':')[0]}:{signature}") == {}


def test_what_was_signed_with_a_key_that_is_gone_is_refused(settings):
    text = SessionStore().encode({"a": 1})
    assert SessionStore().decode(text) == {"a": 1}
    before, settings.SECRET_KEY = settings.SECRET_KEY, "n" * 64
    settings.SECRET_KEY_FALLBACKS = [before]
    assert SessionStore().decode(text) == {"a": 1}
    settings.SECRET_KEY_FALLBACKS = []
    assert SessionStore().decode(text) == {}


def test_of_long_data_nothing_stays_in_memory():
    session_store._verified.cache_clear()
    data = {"a": "b" * session_store.REMEMBERED_LENGTH}
    text = SessionStore().encode(data)
    assert SessionStore().decode(text) == data
    assert SessionStore().decode(f"{text}x") == {}
    assert session_store._verified.cache_info().currsize == 0


@pytest.mark.parametrize("text", ["", "a", "a:b:c", "\0", "ä:ä:ä"])
def test_what_is_no_session_is_an_empty_one(text):
    assert SessionStore().decode(text) == {}
