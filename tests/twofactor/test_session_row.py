"""What the one SELECT of a request brings is what the query builder would have brought, row by row and link by link."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts import clock
from accounts.models import Session
from accounts.models.session_store import row_key
from tests.factories import make_admin, make_contract, make_member, make_role
from tests.people import Person
from twofactor import session_store
from twofactor.session_store import LEFT_THERE, WITH_THE_SESSION, SessionStore

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _text_of_this_code(monkeypatch):
    monkeypatch.setattr(session_store._OF_KEY, "texts", {})


def member_with_a_role_and_an_authenticator(contract):
    return Person(make_member(contract, role=make_role(contract, "users.view"))).enrol()


def member_without_either(contract):
    person = Person(make_member(contract, two_factor_required=False))
    person.log_in()
    return person


def owner_who_chose_one_of_two_contracts(contract):
    make_contract(contract.owner, "Beta Hosting")
    person = Person(contract.owner)
    person.log_in()
    person.post("/contracts/", {"contract": contract.pk})
    return person


def admin_of_no_contract(contract):
    return Person(make_admin()).enrol()


def log_in_under_way(contract):
    person = Person(make_member(contract))
    person.start_login()
    return person


PEOPLE = [
    member_with_a_role_and_an_authenticator,
    member_without_either,
    owner_who_chose_one_of_two_contracts,
    admin_of_no_contract,
    log_in_under_way,
]


def laid_open(row):
    """Its columns and, one below the other, what hangs on it; a link back up is only named."""
    own = {name: value for name, value in vars(row).items() if name != "_state"}
    return type(row), row._state.adding, row._state.db, own, sorted(row._state.fields_cache)


def everything(session):
    user = session.user
    rows = [
        session,
        session.contract,
        user,
        user.role,
        user.contract,
        getattr(user, "authenticator", None),
    ]
    return [row and laid_open(row) for row in rows]


@pytest.mark.parametrize("come", PEOPLE, ids=lambda come: come.__name__)
def test_the_prepared_row_is_the_row_of_the_query_builder(come, contract, django_assert_num_queries):
    key = come(contract).client.cookies["sessionid"].value
    with django_assert_num_queries(1):
        prepared = SessionStore(key).fetch()
        found = everything(prepared)
    as_ever = Session.objects.select_related(*WITH_THE_SESSION).defer(*LEFT_THERE).get(session_key=row_key(key))
    assert found == everything(as_ever)


def test_a_column_that_was_left_there_is_read_where_it_is_asked_for(contract, django_assert_num_queries):
    key = member_without_either(contract).client.cookies["sessionid"].value
    user = SessionStore(key).fetch().user
    with django_assert_num_queries(1):
        assert user.username_key == "lena"


def test_what_was_changed_on_such_a_row_is_saved_by_an_update(contract):
    key = member_without_either(contract).client.cookies["sessionid"].value
    user = SessionStore(key).fetch().user
    user.language = "de"
    user.save()
    user.refresh_from_db()
    assert user.language == "de"


SECOND = timedelta(seconds=1)
IDLE, ABSOLUTE = timedelta(minutes=30), timedelta(hours=12)


@pytest.mark.parametrize(
    ("seen", "expires", "lives"),
    [
        (SECOND - IDLE, SECOND, True),
        (-IDLE, SECOND, False),
        (SECOND - IDLE, timedelta(), False),
        (clock.SLACK, ABSOLUTE + clock.SLACK, True),
        (clock.SLACK + SECOND, SECOND, False),
        (SECOND - IDLE, ABSOLUTE + clock.SLACK + SECOND, False),
    ],
)
def test_a_session_lives_within_both_limits(contract, seen, expires, lives):
    key = member_without_either(contract).client.cookies["sessionid"].value
    now = timezone.now()
    Session.objects.filter(session_key=row_key(key)).update(last_seen_at=now + seen, expire_date=now + expires)
    with time_machine.travel(now, tick=False):
        assert bool(SessionStore(key).load()) is lives
