"""Requests and answers without a page: what is stored and logged of each, and what somebody else does between look and
write."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditRow, Event, Session, User
from accounts.models.session_store import row_key
from accounts.origin import Origin
from accounts.outbox.rows import NOTHING_MAILED, Mailed
from tests.factories import make_member
from tests.meanwhile import meanwhile
from tests.moments import NOW
from tests.people import Person
from twofactor.help import services, words
from twofactor.help.models import HelpDecision, HelpRequest
from twofactor.help.policy import LIFETIME, WRONG_ENTRIES
from twofactor.help.services import AskedElsewhere, HelpAsked, NotOpen, WrongWords

pytestmark = pytest.mark.django_db
HERE = Origin(ip="203.0.113.7", agent="Browser 7")
THERE = Origin(ip="198.51.100.9", agent="Browser 9")
DECIDED = f'UPDATE "{HelpRequest._meta.db_table}"'


def now_in_database(user: User) -> User:
    return User.objects.select_related("contract__owner").get(pk=user.pk)


def key_of(person: Person) -> str:
    return row_key(person.client.session.session_key)


def ask_from(person: Person, user: User, **more):
    about = {"session_key": key_of(person), "browser": "b1", "known_browser": "", "language": "en", "origin": HERE}
    return services.ask(now_in_database(user), **about | more)


@pytest.fixture
def asked(browser, lena) -> HelpRequest:
    return ask_from(browser, lena).request


@pytest.fixture
def about(asked, owner, lena) -> dict:
    return {"actor": owner, "target": lena, "request_id": asked.pk, "origin": THERE}


def decision(asked: HelpRequest) -> str:
    found = HelpRequest.objects.get(pk=asked.pk)
    assert bool(found.decided_at) is bool(found.decision)
    return found.decision


def row(event: Event) -> tuple:
    """Whose row it is and what it says."""
    found = AuditRow.objects.get(event=event)
    people = (found.outcome, found.actor_label, found.target_label, found.contract_id)
    return (*people, found.ip, found.user_agent, found.detail)


# The request


def test_a_request_keeps_who_asked_from_where_and_until_when(clock, phone, lena):
    person = phone.another_browser()
    person.start_login()
    made = ask_from(person, lena, known_browser="k1", language="de")
    assert made == HelpAsked(HelpRequest.objects.get(), is_new=True)
    asked, user = HelpRequest.objects.get(), now_in_database(lena)
    assert (asked.user, asked.stamp, asked.session_key) == (user, user.stamp, key_of(person))
    assert (asked.browser, asked.known_browser, asked.ip, asked.user_agent) == ("b1", "k1", HERE.ip, HERE.agent)
    assert (asked.created_at, asked.expires_at) == (NOW, NOW + LIFETIME)
    assert (asked.mailed, asked.last_login_here, asked.wrong_entries, asked.decision) == (True, None, 0, "")
    heard = services.words_of(asked).split()
    assert set(heard) <= set(words.listed("de"))
    assert len(set(heard)) == 3
    assert row(Event.HELP_REQUESTED) == ("ok", "lena", "lena", lena.contract_id, HERE.ip, HERE.agent, {})


def test_a_request_says_when_the_account_was_last_used_from_there(browser, phone, lena):
    phone.log_in(1)
    last = AuditRow.objects.filter(event=Event.SIGN_IN, actor_id=lena.pk).latest("pk")
    assert ask_from(browser, lena, origin=Origin(ip=last.ip)).request.last_login_here == last.at


def test_the_fourth_request_of_a_day_is_not_mailed(browser, lena):
    mailed = []
    for number in range(4):
        HelpRequest.objects.update(decided_at=timezone.now(), decision=HelpDecision.REFUSED)
        mailed.append(ask_from(browser, lena, browser=f"b{number}").request.mailed)
    assert mailed == [True, True, True, False]


def test_the_same_login_gets_its_open_request_again(browser, lena, asked):
    assert ask_from(browser, lena) == HelpAsked(asked, is_new=False)
    assert ask_from(browser, lena, browser="b2") == HelpAsked(asked, is_new=False)
    assert HelpRequest.objects.count() == 1


def test_another_browser_leaves_an_open_request_alone(browser, lena, asked):
    other = browser.another_browser()
    other.start_login()
    assert ask_from(other, lena, browser="b2") == AskedElsewhere()
    assert decision(asked) == ""


def test_the_same_browser_in_another_login_asks_anew(browser, lena, asked):
    other = browser.another_browser()
    other.start_login()
    made = ask_from(other, lena)
    assert (made.is_new, made.request.session_key) == (True, key_of(other))
    assert decision(asked) == HelpDecision.ASKED_ANEW
    ended = ("refused", "", "lena", lena.contract_id, HERE.ip, HERE.agent, {"why": "asked_anew"})
    assert row(Event.HELP_ENDED) == ended


@pytest.mark.parametrize("change", [{"is_active": False}, {"password_revoked_at": NOW}, {"stamp": 99}])
def test_an_account_that_changes_meanwhile_asks_for_nothing(browser, lena, change):
    seen, key = now_in_database(lena), key_of(browser)
    User.objects.filter(pk=lena.pk).update(**change)
    about = {"session_key": key, "browser": "b1", "known_browser": "", "language": "en", "origin": HERE}
    assert services.ask(seen, **about) == NotOpen()
    User.objects.filter(pk=lena.pk).delete()
    assert services.ask(seen, **about) == NotOpen()
    assert not HelpRequest.objects.exists()


def test_the_last_request_of_a_browser_has_ended_with_its_time(clock, phone, lena):
    person = phone.another_browser()
    person.start_login()
    asked = ask_from(person, lena).request
    assert services.latest(lena, "b2", origin=THERE) is None
    clock.shift(LIFETIME - timedelta(seconds=1))
    assert services.latest(now_in_database(lena), "b1", origin=THERE) == asked
    assert decision(asked) == ""
    clock.shift(1)
    for _ in range(2):
        assert services.latest(now_in_database(lena), "b1", origin=THERE).decision == HelpDecision.EXPIRED
    assert row(Event.HELP_ENDED)[4:] == (THERE.ip, THERE.agent, {"why": "expired"})


# The answer


def test_approval_resets_2fa_for_the_asking_browser_and_ends_all_sessions(phone, lena, asked, about, owner):
    at_work = phone.another_browser()
    at_work.log_in(1)
    lena.refresh_from_db()
    other = make_member(lena.contract, "mia")
    result = services.approve(**about, typed=services.words_of(asked))
    assert isinstance(result.mailed, Mailed)
    assert result.mailed != NOTHING_MAILED
    found = now_in_database(lena)
    assert (found.two_factor_active, found.setup_browser, found.resets) == (False, "b1", lena.resets + 1)
    assert found.stamp == lena.stamp + 1
    assert not hasattr(found, "authenticator")
    assert not Session.objects.filter(user=lena, signed_in=True).exists()
    assert decision(asked) == HelpDecision.APPROVED
    assert row(Event.HELP_APPROVED) == ("ok", "owner", "lena", lena.contract_id, THERE.ip, THERE.agent, {})
    other_now = now_in_database(other)
    assert (other_now.resets, other_now.setup_browser) == (other.resets, "")


def test_wrong_words_are_counted_and_the_third_entry_ends_the_request(lena, asked, about, contract):
    mia = Person(make_member(contract, "mia")).enrol().another_browser()
    mia.start_login()
    other = ask_from(mia, User.objects.get(username="mia")).request
    left = [services.approve(**about, typed="wrong words here").left for _ in range(WRONG_ENTRIES)]
    assert left == [2, 1, 0]
    assert services.approve(**about, typed=services.words_of(asked)) == NotOpen()
    assert decision(asked) == HelpDecision.WRONG_WORDS
    rows = AuditRow.objects.filter(event=Event.HELP_WORDS_WRONG).order_by("pk")
    assert [found.detail for found in rows] == [{"entries_left": number} for number in left]
    assert {(found.outcome, found.actor_label, found.target_label, found.ip) for found in rows} == {
        ("failed", "owner", "lena", THERE.ip)
    }
    ended = ("refused", "", "lena", lena.contract_id, THERE.ip, THERE.agent, {"why": "wrong_words"})
    assert row(Event.HELP_ENDED) == ended
    other.refresh_from_db()
    assert (other.wrong_entries, other.decision) == (0, "")


def test_words_that_no_key_opens_match_nothing(asked, about):
    HelpRequest.objects.update(words="unreadable")
    asked.refresh_from_db()
    assert services.words_of(asked) == ""
    assert services.approve(**about, typed="") == WrongWords(2)


def decide_meanwhile():
    return meanwhile(lambda: HelpRequest.objects.update(decided_at=NOW, decision=HelpDecision.REFUSED), before=DECIDED)


def test_of_two_answers_at_once_one_counts(lena, asked, about):
    heard = services.words_of(asked)
    with decide_meanwhile():
        assert services.approve(**about, typed=heard) == NotOpen()
    HelpRequest.objects.update(decided_at=None, decision="")
    with decide_meanwhile():
        assert services.refuse(**about) is None
    assert not AuditRow.objects.filter(event__in=(Event.HELP_APPROVED, Event.HELP_REFUSED)).exists()
    assert now_in_database(lena).two_factor_active


def test_a_refusal_ends_the_login_that_asked_and_mails_nobody(lena, asked, about):
    assert services.refuse(**about) == NOTHING_MAILED
    assert decision(asked) == HelpDecision.REFUSED
    assert not Session.objects.filter(user=lena, signed_in=False).exists()
    assert row(Event.HELP_REFUSED) == ("ok", "owner", "lena", lena.contract_id, THERE.ip, THERE.agent, {})
    assert services.refuse(**about) is None


@pytest.mark.parametrize("refused_before", [False, True])
def test_a_block_refuses_and_revokes_the_password_once(lena, asked, about, refused_before):
    if refused_before:
        services.refuse(**about)
    assert services.block(**about) != NOTHING_MAILED
    assert decision(asked) == HelpDecision.BLOCKED
    assert now_in_database(lena).password_revoked_at
    assert row(Event.PASSWORD_BLOCKED) == ("ok", "owner", "lena", lena.contract_id, THERE.ip, THERE.agent, {})
    assert services.block(**about) is None


WRONG = {"actor": lambda mia, _: mia, "target": lambda mia, _: mia, "request_id": lambda _, asked: asked.pk + 1}


@pytest.mark.parametrize("wrong", WRONG)
def test_an_answer_needs_the_right_and_the_request_of_this_account(lena, asked, about, contract, wrong):
    mia = make_member(contract, "mia", stamp=lena.stamp + 1)
    assert now_in_database(lena).stamp == mia.stamp
    for_it = about | {wrong: WRONG[wrong](mia, asked)}
    assert services.approve(**for_it, typed=services.words_of(asked)) == NotOpen()
    assert services.refuse(**for_it) is None
    assert services.block(**for_it) is None
    assert decision(asked) == ""
    services.refuse(**about)
    assert services.block(**for_it) is None
    assert decision(asked) == HelpDecision.REFUSED
    assert not User.objects.filter(password_revoked_at__isnull=False).exists()


def test_an_answer_counts_only_while_the_session_that_gave_it_goes_on(lena, asked, about, olivia):
    session = Session.objects.get(user=about["actor"])
    about["actor"].session_sid = session.sid
    Session.objects.filter(pk=session.pk).update(sid="another")
    assert services.approve(**about, typed=services.words_of(asked)) == NotOpen()
    assert services.refuse(**about) is None
    assert services.block(**about) is None
    assert decision(asked) == ""
    Session.objects.filter(pk=session.pk).update(sid=session.sid)
    assert services.refuse(**about) is NOTHING_MAILED


def test_after_a_refusal_a_block_needs_the_account_as_it_was(lena, about):
    User.objects.filter(pk=lena.pk).update(stamp=50)
    HelpRequest.objects.update(stamp=50)
    services.refuse(**about)
    User.objects.filter(pk=lena.pk).update(stamp=51)
    assert services.block(**about) is None
    User.objects.filter(pk=lena.pk).update(stamp=50)
    assert services.block(**about) != NOTHING_MAILED
    assert now_in_database(lena).password_revoked_at


def test_a_password_that_is_blocked_already_is_blocked_silently(lena, asked, about):
    services.refuse(**about)
    User.objects.filter(pk=lena.pk).update(password_revoked_at=NOW)
    assert services.block(**about) == NOTHING_MAILED
    assert decision(asked) == HelpDecision.BLOCKED
    assert not AuditRow.objects.filter(event=Event.PASSWORD_BLOCKED).exists()


# Its end


@pytest.mark.parametrize("act", ["ask", "approve", "refuse", "block", "new factor"])
def test_whoever_comes_too_late_writes_down_its_end(browser, lena, asked, about, act):
    heard, user = services.words_of(asked), now_in_database(lena)
    HelpRequest.objects.update(expires_at=timezone.now())
    if act == "ask":
        assert ask_from(browser, lena, origin=THERE).is_new
    elif act == "approve":
        assert services.approve(**about, typed=heard) == NotOpen()
    elif act == "new factor":
        services.end_by_new_factor(user, origin=THERE)
    else:
        assert getattr(services, act)(**about) is None
    assert decision(asked) == HelpDecision.EXPIRED
    ended = ("refused", "", "lena", lena.contract_id, THERE.ip, THERE.agent, {"why": "expired"})
    assert row(Event.HELP_ENDED) == ended


def test_a_new_factor_ends_the_open_request_and_writes_why(lena, asked):
    user = now_in_database(lena)
    services.end_by_new_factor(user, origin=THERE)
    services.end_by_new_factor(user, origin=THERE)
    assert decision(asked) == HelpDecision.ACCOUNT_CHANGED
    ended = ("refused", "", "lena", lena.contract_id, THERE.ip, THERE.agent, {"why": "account_changed"})
    assert row(Event.HELP_ENDED) == ended


def test_housekeeping_ends_what_has_ended_and_counts_it(lena, asked, contract):
    mia = Person(make_member(contract, "mia")).enrol().another_browser()
    mia.start_login()
    other = ask_from(mia, User.objects.get(username="mia")).request
    assert services.close_ended(origin=THERE) == 0
    Session.objects.filter(session_key=asked.session_key).delete()
    assert services.close_ended(origin=THERE) == 1
    assert (decision(asked), decision(other)) == (HelpDecision.LOGIN_ENDED, "")
    ended = ("refused", "", "lena", lena.contract_id, THERE.ip, THERE.agent, {"why": "login_ended"})
    assert row(Event.HELP_ENDED) == ended


def test_what_somebody_answers_while_housekeeping_looks_keeps_the_answer(lena, asked):
    Session.objects.filter(session_key=asked.session_key).delete()
    with decide_meanwhile():
        assert services.close_ended(origin=THERE) == 0
    assert decision(asked) == HelpDecision.REFUSED
    assert not AuditRow.objects.filter(event=Event.HELP_ENDED).exists()


def test_an_account_that_is_deleted_while_housekeeping_looks_takes_it_along(lena, asked):
    Session.objects.filter(session_key=asked.session_key).delete()
    with meanwhile(User.objects.filter(pk=lena.pk).delete, before='WHERE "accounts_user"."id" ='):
        assert services.close_ended(origin=THERE) == 0
    assert not HelpRequest.objects.exists()
