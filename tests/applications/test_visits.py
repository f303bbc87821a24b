"""Tickets and visits: what each is for, how long a ticket lasts, and what is logged of them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.clock import SLACK
from accounts.expiry import AT_ONCE
from accounts.models import AuditRow, Event, Session, User
from accounts.origin import Origin
from cloudpanel.applications.guard import rows, visits
from cloudpanel.applications.guard.digests import digest
from cloudpanel.applications.guard.rows import GuardRow
from cloudpanel.applications.guard.visits import TICKET_KEPT, TICKET_LIFETIME
from cloudpanel.applications.models import Application, Ticket, Visit
from tests.applications.visits import ORIGIN, session_of
from tests.factories import make_application
from tests.meanwhile import meanwhile

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "lena")]
HERE = Origin("203.0.113.5", "Browser 7")
SECOND = timedelta(seconds=1)


@pytest.fixture
def wiki(contract) -> Application:
    return make_application(contract, "http://wiki.localhost", name="Wiki")


def issue(application: Application, *, nonce: str = "n", path: str = "/d?a=1", verified: bool = False) -> str:
    session = session_of("lena")
    return visits.issue_ticket(
        application=application,
        session=session,
        user=session.user,
        verified=verified,
        nonce_digest=digest("nonce", application.pk, nonce),
        path=path,
    )


def take(application: Application, ticket: str, nonce: str = "n") -> visits.Opened | None:
    return visits.take_ticket(application=application, ticket=ticket, nonce=nonce, origin=HERE)


def logged(event: Event) -> list[tuple[str, str, str, str, str, dict[str, str]]]:
    found = AuditRow.objects.filter(event=event).order_by("pk")
    return [(row.actor_label, row.target_label, row.outcome, row.ip, row.user_agent, row.detail) for row in found]


def found(application: Application, secret: str) -> GuardRow:
    row = rows.find(application.origin, {application.pk: secret}, now=timezone.now())
    assert row
    return row


# A ticket


@pytest.mark.parametrize("verified", [True, False])
def test_a_ticket_opens_a_visit_of_its_own_session(grafana, owner, verified):
    ends = timezone.now() + timedelta(hours=1)
    Session.objects.create(session_key="0", user=owner, signed_in=True, expire_date=ends)
    opened = take(grafana, issue(grafana, verified=verified))
    assert opened.path == "/d?a=1"
    session, visit = session_of("lena"), Visit.objects.get()
    assert (visit.application, visit.session, visit.verified) == (grafana, session, verified)
    assert visit.auth_hash == session.user.get_session_auth_hash()
    assert found(grafana, opened.secret).username == "lena"
    detail = {"origin": ORIGIN}
    assert logged(Event.APPLICATION_OPENED) == [("lena", "Grafana", "ok", "203.0.113.5", "Browser 7", detail)]


def test_a_ticket_is_for_its_application_and_browser_and_works_once(grafana, wiki):
    ticket = issue(grafana)
    assert take(wiki, ticket) is None
    assert take(grafana, ticket, "another") is None
    assert take(grafana, "unknown") is None
    assert not logged(Event.APPLICATION_OPENED)
    assert take(grafana, ticket)
    assert take(grafana, ticket) is None
    assert Visit.objects.count() == 1


def test_one_ticket_uses_up_no_other(grafana):
    first, second = issue(grafana), issue(grafana, path="/second")
    assert take(grafana, first).path == "/d?a=1"
    assert visits.path_of(grafana, first) is None
    assert visits.path_of(grafana, second) == "/second"
    assert take(grafana, second).path == "/second"


@pytest.mark.parametrize(
    ("after", "good"),
    [
        (TICKET_LIFETIME - SECOND, True),
        (TICKET_LIFETIME, False),
        (-SLACK, True),
        (-SLACK - SECOND, False),
    ],
    ids=str,
)
def test_a_ticket_lasts_half_a_minute_by_whichever_clock(clock, grafana, after, good):
    ticket = issue(grafana)
    Session.objects.update(last_seen_at=timezone.now() + after)
    clock.shift(after)
    assert (visits.path_of(grafana, ticket) is not None) is good
    assert (take(grafana, ticket) is not None) is good


def test_a_ticket_is_used_at_a_time(clock, grafana):
    take(grafana, issue(grafana))
    assert Ticket.objects.get().used_at == timezone.now()


@pytest.mark.parametrize("change", [{"signed_in": False}, {"user": None}], ids=str)
def test_a_session_that_is_none_any_more_opens_nothing(grafana, change):
    ticket = issue(grafana)
    Session.objects.update(**change)
    assert take(grafana, ticket) is None
    assert not Visit.objects.exists()


def test_a_session_that_is_gone_opens_nothing(grafana):
    ticket = issue(grafana)
    Session.objects.all().delete()
    assert take(grafana, ticket) is None


def test_an_application_that_is_deleted_at_this_moment_opens_nothing(grafana):
    ticket = issue(grafana)
    with meanwhile(Application.objects.all().delete, before="SELECT 1 FROM"):
        assert take(grafana, ticket) is None


def test_tickets_of_no_use_go_with_the_next_those_longest_ago_first(clock, grafana):
    for number in range(AT_ONCE + 1):
        issue(grafana, path=f"/{number}")
        clock.shift(SECOND)
    newest = Ticket.objects.order_by("expires_at").last()
    clock.move_to(newest.expires_at + TICKET_KEPT)
    issue(grafana, path="/next")
    assert set(Ticket.objects.values_list("path", flat=True)) == {f"/{AT_ONCE}", "/next"}
    issue(grafana, path="/later")
    assert Ticket.objects.filter(pk=newest.pk).exists(), "it is kept for a minute"
    clock.shift(SECOND)
    issue(grafana, path="/last")
    assert not Ticket.objects.filter(pk=newest.pk).exists()


# What is noted


@pytest.fixture
def visited(grafana) -> GuardRow:
    return found(grafana, take(grafana, issue(grafana)).secret)


def test_the_use_of_an_application_is_noted_at_it_alone(grafana, wiki, visited):
    visits.note_use_of_application(visited, {"kind": "caddy"})
    grafana.refresh_from_db()
    wiki.refresh_from_db()
    assert (grafana.last_used_at, grafana.last_check) == (timezone.now(), {"kind": "caddy"})
    assert wiki.last_used_at is None


def test_a_refusal_is_noted_once_for_each_visit(grafana, visited):
    other = found(grafana, take(grafana, issue(grafana)).secret)
    for each in (visited, visited, other):
        visits.note_refusal(each, "role", HERE)
    row = ("lena", "Grafana", "refused", "203.0.113.5", "Browser 7", {"reason": "role"})
    assert logged(Event.APPLICATION_REFUSED) == [row, row]
    assert set(Visit.objects.values_list("refused_at", flat=True)) == {timezone.now()}


def test_a_refusal_of_what_is_gone_meanwhile_stands_in_the_log_of_the_contract(contract, visited):
    def delete() -> None:
        User.objects.filter(username="lena").delete()
        Application.objects.all().delete()

    with meanwhile(delete, before=f'FROM "{User._meta.db_table}"'):
        visits.note_refusal(visited, "role", HERE)
    row = AuditRow.objects.get(event=Event.APPLICATION_REFUSED)
    assert (row.contract_id, row.actor_label, row.target_label) == (contract.pk, "", "")


def test_a_refusal_without_a_visit_or_an_account_is_not_noted(grafana):
    secret = take(grafana, issue(grafana)).secret
    visits.note_refusal(found(grafana, "unknown"), "role", HERE)
    Session.objects.all().delete()
    visits.note_refusal(found(grafana, secret), "role", HERE)
    assert not logged(Event.APPLICATION_REFUSED)
    assert not Visit.objects.exclude(refused_at=None).exists()


def test_a_check_of_a_stranger_is_noted_once_a_minute_for_each_kind():
    for kind in ("caddy", "caddy", "nginx"):
        visits.note_untrusted_peer(kind, HERE)
    assert logged(Event.GUARD_REFUSED) == [
        ("", "", "refused", "203.0.113.5", "Browser 7", {"proxy": kind}) for kind in ("caddy", "nginx")
    ]


# A logout


def test_a_logout_ends_the_session_of_the_visit_alone_and_is_logged(contract, grafana, visited, olivia):
    assert visits.end_session(visited, HERE)
    assert [session.user.username for session in Session.objects.all()] == ["owner"]
    assert logged(Event.SIGN_OUT) == [("lena", "lena", "ok", "203.0.113.5", "Browser 7", {})]
    assert not visits.end_session(visited, HERE)
    assert not visits.end_session(found(grafana, "unknown"), HERE)
    assert len(logged(Event.SIGN_OUT)) == 1


def test_a_session_of_nobody_is_not_ended_by_a_visit(grafana):
    secret = take(grafana, issue(grafana)).secret
    Session.objects.update(user=None)
    assert not visits.end_session(found(grafana, secret), HERE)
    assert Session.objects.exists()
    assert not logged(Event.SIGN_OUT)
