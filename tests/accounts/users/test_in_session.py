"""Whether the session still exists in which somebody asked for a change."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Session, User
from accounts.users import authority
from tests.factories import make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def helper(contract) -> User:
    return make_member(contract, "helper")


@pytest.fixture
def nina(contract) -> User:
    return make_member(contract, "nina")


def decided(actor: User, target: User) -> list[User]:
    return list(authority.as_decided(actor, target))


def logged_in(user: User, sid: str) -> User:
    """The user of a request of this session."""
    expires = timezone.now() + timedelta(hours=1)
    Session.objects.create(session_key=f"{user} {sid}", user=user, sid=sid, session_data="", expire_date=expires)
    user = User.objects.select_related("role").get(pk=user.pk)
    user.session_sid = sid
    return user


def test_a_change_holds_while_the_session_goes_on_that_asks_for_it(helper, nina):
    acting, elsewhere = logged_in(helper, "here"), logged_in(helper, "there")
    assert decided(acting, nina) == [nina]
    Session.objects.filter(sid="here").delete()
    assert decided(acting, nina) == []
    assert decided(elsewhere, nina) == [nina]


def test_a_session_under_a_new_id_goes_on(helper, nina):
    acting = logged_in(helper, "here")
    Session.objects.filter(sid="here").update(session_key="another key")
    assert decided(acting, nina) == [nina]


@pytest.mark.parametrize("change", [{"signed_in": False}, {"user": None}])
def test_a_session_that_nobody_is_logged_in_to_does_not_count(helper, nina, change):
    acting = logged_in(helper, "here")
    Session.objects.filter(sid="here").update(**change)
    assert decided(acting, nina) == []


def test_sessions_of_before_an_upgrade_count_until_the_last_has_ended(helper, nina):
    acting = logged_in(helper, "")
    logged_in(nina, "")
    assert decided(acting, nina) == [nina]
    Session.objects.filter(user=helper).delete()
    assert decided(acting, nina) == []
