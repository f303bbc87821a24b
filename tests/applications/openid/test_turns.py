"""Which logouts a turn of the sender tells, when they are tried again, and how often it looks for ended sessions."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.clock import SLACK
from cloudpanel.applications.openid import backchannel
from cloudpanel.applications.openid.backchannel import AT_ONCE, LEASE, Ender
from cloudpanel.applications.openid.delivery import DeliveryOutcome
from cloudpanel.applications.openid.models import Login
from tests.applications.openid.conftest import make_client
from tests.bench.sql import Sql
from tests.meanwhile import meanwhile

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def due(client, sid: str = "sid", after: timedelta = timedelta(), **fields) -> Login:
    now = timezone.now()
    return Login.objects.create(
        client=client, sid=sid, stamp=0, subject=sid, ended_at=now, due_at=now + after, **fields
    )


def taken() -> list[str]:
    return [login.sid for login in backchannel._take()]


@pytest.mark.parametrize(
    ("after", "found"),
    [
        (timedelta(), True),
        (SECOND, False),
        (SLACK + LEASE, False),
        (SLACK + LEASE + SECOND, True),
    ],
    ids=str,
)
def test_what_is_due_is_taken_and_what_another_clock_has_postponed(clock, client, after, found):
    due(client, after=after)
    assert taken() == ["sid"] * found


def test_what_is_taken_is_nobody_elses_for_a_minute(clock, client):
    due(client)
    [login] = backchannel._take()
    assert login.due_at == Login.objects.get().due_at == timezone.now() + LEASE
    clock.shift(LEASE - SECOND)
    assert taken() == []
    clock.shift(SECOND)
    assert taken() == ["sid"]


def test_a_few_are_taken_those_that_wait_longest_first(clock, client):
    for number in range(AT_ONCE + 2):
        due(client, f"{number}", -SECOND if number == 5 else timedelta())
    assert taken() == ["5", "0", "1", "2", "3", "4", "6", "7"]
    assert taken() == ["8", "9"]


def test_an_application_that_could_not_be_told_keeps_no_other_waiting(clock, client, contract):
    """Each turn takes as long as its slowest application, and one that is away may have a thousand sessions."""
    other = make_client(contract, "Wiki", "https://wiki.example.com")
    due(client, "failed", SECOND, attempts=1, outcome=DeliveryOutcome.SILENT)
    for number in range(AT_ONCE):
        due(client, f"{number}", -SECOND)
    due(other, "other")
    assert taken() == ["other", "0", "1", "2", "3", "4", "5", "6"]


def test_what_is_told_is_read_at_once_and_nothing_is_locked_for_nothing(client, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert backchannel.tell() == 0
    due(client)
    [login] = backchannel._take()
    with django_assert_num_queries(0):
        assert login.client.application.client_id


@pytest.mark.parametrize(
    ("attempts", "outcome", "again"),
    [
        (0, DeliveryOutcome.TOLD, None),
        (0, DeliveryOutcome.REFUSED, timedelta(seconds=10)),
        (1, DeliveryOutcome.SILENT, timedelta(seconds=60)),
        (2, DeliveryOutcome.REFUSED, None),
    ],
)
def test_an_attempt_that_fails_is_followed_by_two_more(clock, client, attempts, outcome, again):
    login = due(client, attempts=attempts)
    other = due(client, "other")
    backchannel._note(login, outcome)
    login.refresh_from_db()
    assert (login.attempts, login.outcome) == (attempts + 1, outcome)
    assert login.due_at == (again and timezone.now() + again)
    other.refresh_from_db()
    assert (other.attempts, other.outcome) == (0, "")


def test_what_another_sender_has_taken_meanwhile_is_not_written_over(clock, client):
    login = due(client)
    Login.objects.update(due_at=timezone.now() + LEASE)
    backchannel._note(login, DeliveryOutcome.TOLD)
    login.refresh_from_db()
    assert (login.attempts, login.outcome, login.due_at) == (0, "", timezone.now() + LEASE)


def test_each_application_has_its_own_outcome(client, contract, receiver):
    client.backchannel_logout_uri = receiver.url
    client.save()
    inside = make_client(contract, "Wiki", "https://wiki.example.com", backchannel_logout_uri="http://10.0.0.1/bye")
    due(inside, "inside", -SECOND)
    due(client, "told")
    assert backchannel.tell() == 2
    assert dict(Login.objects.values_list("sid", "outcome")) == {"told": "told", "inside": "forbidden"}
    assert len(receiver.seen) == 1


# How often ended sessions are looked for


@pytest.fixture
def now(monkeypatch) -> list[float]:
    """The clock that does not jump, as it is moved by the test."""
    moment = [1000.0]
    monkeypatch.setattr(backchannel.time, "monotonic", lambda: moment[0])
    return moment


def looks(ender: Ender) -> bool:
    with Sql() as sql:
        assert ender.work() == 0
    return sql.queries > 1


@pytest.mark.parametrize(("took", "pause"), [(0, 2.0), (0.5, 25.5), (2.0, 62.0)])
def test_it_pauses_for_as_long_as_its_share_of_the_time_wants_and_at_most_a_minute(db, now, took, pause):
    ender, began = Ender(), now[0]
    with meanwhile(lambda: now.__setitem__(0, began + took), before=f'"{Login._meta.db_table}"'):
        assert looks(ender)
    now[0] = began + pause - 0.125
    assert not looks(ender)
    now[0] = began + pause
    assert looks(ender)


def test_it_looks_at_once_even_where_the_machine_has_just_started(db, now):
    now[0] = 0.0
    assert looks(Ender())


def test_a_turn_tells_what_it_has_found_and_what_was_due(client):
    due(client)
    assert Ender().work() == 1
