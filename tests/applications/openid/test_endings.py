"""Which logins at applications are over, which go on, and what is noted of each; without telling anybody."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Session, User
from cloudpanel.applications.openid import endings
from cloudpanel.applications.openid.models import Grant, Login, Token
from tests.applications.openid.conftest import Console, make_client
from tests.factories import make_member
from tests.people import Person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
OFFLINE = {"scope": "openid offline_access"}
SECOND = timedelta(seconds=1)
IDLE = timedelta(minutes=30)


@pytest.fixture
def mia(contract, console) -> Person:
    """Logged in at the same application; nothing happens to her."""
    person = Person(make_member(contract, "mia", two_factor_required=False))
    person.user = User.objects.get(username="mia")
    person.log_in()
    console.log_in(person, **OFFLINE)
    return person


@pytest.fixture
def login(clock, console, lena, mia) -> Login:
    lena.log_in()
    console.log_in(lena)
    return Login.objects.get(user=lena.user)


def ended(user: User) -> bool:
    """Looks for what is over; whether that person's login is, and nobody else's."""
    number = endings.end_what_is_over()
    over = Login.objects.filter(ended_at__isnull=False)
    assert number == over.count()
    assert not over.exclude(user=user).exists()
    return number == 1


def change(user: User, **fields) -> None:
    User.objects.filter(pk=user.pk).update(**fields)


def change_session(person: User, **fields) -> None:
    Session.objects.filter(user=person).update(**fields)


def test_a_login_goes_on_with_its_session(login, lena):
    assert not ended(lena.user)
    assert not endings.suspects().exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"signed_in": False},
        {"sid": "another"},
        {"user": None},
        {"last_seen_at": -IDLE},
        {"last_seen_at": timedelta(hours=1)},
        {"expire_date": timedelta()},
    ],
    ids=str,
)
def test_it_is_over_when_its_session_is_none_any_more(login, lena, fields):
    times = {name: timezone.now() + at if isinstance(at, timedelta) else at for name, at in fields.items()}
    change_session(lena.user, **times)
    assert ended(lena.user)


def test_the_session_of_somebody_else_under_the_same_name_keeps_nothing(login, lena, mia):
    change_session(mia.user, sid=login.sid)
    Login.objects.exclude(pk=login.pk).delete()
    Session.objects.filter(user=lena.user).delete()
    assert ended(lena.user)


@pytest.mark.parametrize("fields", [{"is_active": False}, {"stamp": 99}], ids=str)
def test_it_is_over_when_its_account_has_changed(login, lena, fields):
    change(lena.user, **fields)
    assert ended(lena.user)


def test_it_is_over_when_its_account_is_gone(login, lena):
    Login.objects.filter(pk=login.pk).update(user=None)
    assert endings.end_what_is_over() == 1
    assert Login.objects.get(pk=login.pk).ended_at == timezone.now()


@pytest.mark.parametrize("address", ["https://grafana.example.com/bye", ""])
def test_its_end_is_noted_once_and_told_where_there_is_an_address(login, lena, client, clock, address):
    client.backchannel_logout_uri = address
    client.save()
    lena.post("/logout/")
    at = timezone.now()
    assert endings.end_what_is_over() == 1
    clock.shift(SECOND)
    assert endings.end_what_is_over() == 0
    login.refresh_from_db()
    assert (login.ended_at, login.due_at) == (at, at if address else None)


def test_of_two_who_find_it_one_ends_it(login, lena):
    lena.post("/logout/")
    [found] = endings.suspects()
    assert endings._end(found) is True
    assert endings._end(found) is False


def test_what_is_needed_of_it_is_read_with_it(login, lena, django_assert_num_queries):
    change(lena.user, is_active=False)
    with django_assert_num_queries(1):
        [found] = endings.suspects()
        assert (found.user, found.client.backchannel_logout_uri) == (lena.user, "")


def own_change(person: Person) -> None:
    new = "seven brave otters juggle"
    form = {"current_password": person.password, "new_password1": new, "new_password2": new}
    assert person.post("/profile/password/", form).status_code == 302


def test_a_change_of_ones_own_goes_on_under_the_new_stamp(login, lena):
    own_change(lena)
    assert list(endings.suspects()) == [login]
    assert not ended(lena.user)
    login.refresh_from_db()
    assert login.stamp == User.objects.get(pk=lena.user.pk).stamp
    assert login.detached is False
    assert not endings.suspects().exists()


def test_the_change_of_one_says_nothing_about_another(login, lena, mia):
    own_change(lena)
    endings.end_what_is_over()
    assert Login.objects.get(user=mia.user).stamp == User.objects.get(pk=mia.user.pk).stamp


# With refresh tokens


@pytest.fixture
def offline(console, login, lena) -> Login:
    console.log_in(lena, **OFFLINE)
    return login


def test_idleness_alone_detaches_a_login_that_can_be_refreshed(offline, lena):
    change_session(lena.user, last_seen_at=timezone.now() - IDLE)
    assert not ended(lena.user)
    offline.refresh_from_db()
    assert offline.detached is True
    assert not endings.suspects().exists()
    Session.objects.filter(user=lena.user).delete()
    assert not ended(lena.user)


def test_a_session_that_is_used_again_takes_its_login_back(offline, lena):
    seen = Session.objects.get(user=lena.user).last_seen_at
    change_session(lena.user, last_seen_at=timezone.now() - IDLE)
    endings.end_what_is_over()
    change_session(lena.user, last_seen_at=seen)
    own_change(lena)
    endings.end_what_is_over()
    offline.refresh_from_db()
    assert offline.detached is False


def test_a_session_that_was_never_idle_before_its_end_ends_it(offline, lena):
    Session.objects.filter(user=lena.user).delete()
    assert ended(lena.user)


@pytest.mark.parametrize("fields", [{"expire_date": timedelta()}, {"signed_in": False}], ids=str)
def test_so_does_a_session_that_is_too_old_or_a_login_no_more(offline, lena, fields):
    times = {name: timezone.now() + at if isinstance(at, timedelta) else at for name, at in fields.items()}
    change_session(lena.user, **times)
    assert ended(lena.user)


@pytest.mark.parametrize("lost", ["expired", "revoked", "elsewhere", "other"])
def test_a_detached_login_lasts_as_long_as_its_own_refresh_token(offline, contract, lena, lost):
    change_session(lena.user, last_seen_at=timezone.now() - IDLE)
    assert not ended(lena.user)
    own = Token.objects.filter(grant__user=lena.user)
    if lost == "expired":
        own.update(expires_at=timezone.now())
    elif lost == "revoked":
        Grant.objects.filter(user=lena.user).update(revoked_at=timezone.now())
    elif lost == "elsewhere":
        wiki = make_client(contract, "Wiki", "https://wiki.example.com")
        Grant.objects.filter(user=lena.user).update(client=wiki)
    else:
        Grant.objects.filter(user=lena.user).update(sid="another")
    assert ended(lena.user)


def test_a_changed_account_ends_even_a_detached_login(offline, lena):
    change_session(lena.user, last_seen_at=timezone.now() - IDLE)
    endings.end_what_is_over()
    change(lena.user, stamp=99)
    assert ended(lena.user)


def test_a_login_may_go_a_week_after_its_end(login, lena, clock):
    lena.post("/logout/")
    endings.end_what_is_over()
    clock.shift(endings.KEPT)
    assert not endings.removable().exists()
    clock.shift(SECOND)
    assert list(endings.removable()) == [login]


def test_two_logins_of_one_session_are_counted_each(login, contract, lena):
    Console(make_client(contract, "Wiki", "https://wiki.example.com")).log_in(lena)
    lena.post("/logout/")
    assert endings.end_what_is_over() == 2
