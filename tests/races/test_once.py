"""Once means once, however many ask at the same moment. No answer is a 500, and none waits for a lock in vain."""

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher

from accounts.models import Attempts, AuditRow, Event, Outcome, Session, User
from accounts.origin import Origin
from tests.factories import make_member, make_owner
from tests.people import CODE, Person, code_of
from tests.races.conftest import THREADS
from twofactor.factors import recovery_codes
from twofactor.login.throttles import WRONG_CODES
from twofactor.models import Authenticator, RecoveryCode
from twofactor.requirement import services

WRONG = "not-the-password-of-anybody"


@pytest.fixture
def lena():
    """2FA active; the code of this step is free, that of the step before is used."""
    return Person(make_member(make_owner().contracts.get())).enrol()


def pending_browsers(person: Person) -> list[Person]:
    browsers = [person.another_browser() for _ in range(THREADS)]
    for browser in browsers:
        assert browser.start_login().url == "/login/code/"
    return browsers


def no_failure(responses) -> bool:
    return all(response.status_code in (200, 302, 429) for response in responses)


def rows(event: Event, **kwargs) -> int:
    return AuditRow.objects.filter(event=event, **kwargs).count()


def test_a_code_works_once_when_posted_by_twenty_browsers_at_once(lena, at_once):
    browsers, code = pending_browsers(lena), code_of(lena.key)
    logins_before = rows(Event.SIGN_IN)

    responses = at_once(lambda browser: browser.post("/login/code/", {"code": code}), browsers)

    assert no_failure(responses)
    assert [r.status_code for r in responses].count(302) == 1
    assert sum(browser.is_in() for browser in browsers) == 1
    assert rows(Event.SIGN_IN) == logins_before + 1


def test_of_twenty_posts_of_one_code_those_that_were_no_guess_cost_nothing(lena, at_once):
    """Replays are refunded, so the budget is what the winner reset it to."""
    browsers = pending_browsers(lena)
    at_once(lambda browser: browser.post("/login/code/", {"code": code_of(lena.key)}), browsers)
    assert not Attempts.objects.filter(kind__in=("factor", WRONG_CODES), failures__gt=0).exists()


def test_a_code_works_once_when_posted_twenty_times_by_one_browser(lena, at_once):
    """A double click, twenty-fold: copies of one browser with the same cookies."""
    pending_login = lena.another_browser()
    pending_login.start_login()
    copies = [lena.another_browser() for _ in range(THREADS)]
    for copy in copies:
        copy.client.cookies["sessionid"] = pending_login.client.cookies["sessionid"].value

    responses = at_once(lambda copy: copy.post("/login/code/", {"code": code_of(lena.key)}), copies)

    assert no_failure(responses)
    assert sum(copy.is_in() for copy in copies) == 1


def test_three_right_codes_in_one_browser_at_once_break_nothing(lena, at_once):
    """Each is right, none may be used after a later one, and all carry the cookie of the same pending login."""
    pending_login = lena.another_browser()
    pending_login.start_login()
    copies = [lena.another_browser() for _ in range(THREADS)]
    for copy in copies:
        copy.client.cookies["sessionid"] = pending_login.client.cookies["sessionid"].value
    work = [(copy, code_of(lena.key, number % 2)) for number, copy in enumerate(copies)]

    responses = at_once(lambda item: item[0].post("/login/code/", {"code": item[1]}), work)

    assert no_failure(responses)
    assert 1 <= sum(copy.is_in() for copy in copies) <= 2


def test_a_code_works_once_over_all_doors(lena, at_once):
    """Half of them log in, half confirm in sessions that are open already."""
    code = code_of(lena.key, 1)
    other = lena.another_browser()
    other.log_in()
    logged_in = [lena.another_browser() for _ in range(THREADS // 2)]
    for browser in logged_in:
        browser.client.cookies["sessionid"] = other.client.cookies["sessionid"].value
    pending_login = pending_browsers(lena)[: THREADS // 2]
    work = [(b, "/confirm/", {"password": b.password, "code": code}) for b in logged_in]
    work += [(b, "/login/code/", {"code": code}) for b in pending_login]

    responses = at_once(lambda item: item[0].post(item[1], item[2]), work)

    assert no_failure(responses)
    assert [r.status_code for r in responses].count(302) == 1


def test_a_recovery_code_works_once_when_half_disable_and_half_log_in(lena, at_once):
    browsers = pending_browsers(lena)
    actions = ["disable" if number % 2 else "sign_in" for number in range(THREADS)]
    work = list(zip(browsers, actions, strict=True))

    responses = at_once(
        lambda item: item[0].post("/login/recovery/", {"recovery_code": lena.codes[0], "action": item[1]}), work
    )

    assert no_failure(responses)
    assert rows(Event.RECOVERY_CODE_USED) == 1
    won = [
        action for action, r in zip(actions, responses, strict=True) if r.status_code == 302 and "ended" not in r.url
    ]
    assert len(won) == 1
    user = User.objects.get(username="lena")
    if won == ["disable"]:
        assert not user.two_factor_active
        assert not Authenticator.objects.exists()
        assert recovery_codes.left(user) == 0
    else:
        assert user.two_factor_active
        assert Authenticator.objects.count() == 1
        assert recovery_codes.left(user) == 9


def test_two_recovery_codes_at_once_one_to_log_in_and_one_to_disable_leave_one_state(lena, at_once):
    browsers = pending_browsers(lena)
    work = [(b, lena.codes[n % 2], ["sign_in", "disable"][n % 2]) for n, b in enumerate(browsers)]

    responses = at_once(
        lambda item: item[0].post("/login/recovery/", {"recovery_code": item[1], "action": item[2]}), work
    )

    assert no_failure(responses)
    user = User.objects.get(username="lena")
    assert user.two_factor_active is Authenticator.objects.exists() is RecoveryCode.objects.exists()
    assert not any(browser.is_in() for browser in browsers) or user.two_factor_active


def test_one_activation_wins_when_twenty_browsers_activate_at_once(at_once):
    """Each browser with a key of its own, and its right code."""
    pia = Person(make_member(make_owner().contracts.get(), "pia"))
    browsers = [pia.another_browser() for _ in range(THREADS)]
    for browser in browsers:
        browser.start_login()
        browser.key = browser.read_key()

    responses = at_once(lambda b: b.post("/two-factor/setup/", {"code": code_of(b.key)}), browsers)

    assert no_failure(responses)
    winners = [b for b, r in zip(browsers, responses, strict=True) if r.status_code == 302 and "activated" in r.url]
    assert Authenticator.objects.count() == 1
    assert RecoveryCode.objects.count() == 10
    assert rows(Event.TWO_FACTOR_ACTIVATED) == 1
    assert len(winners) == 1
    assert Authenticator.objects.get().key() == winners[0].key
    assert [b for b in browsers if b.is_in()] == winners


def test_twenty_clicks_on_activate_in_one_browser_activate_once(at_once):
    pia = Person(make_member(make_owner().contracts.get(), "pia"))
    pia.start_login()
    pia.key = pia.read_key()
    copies = [pia.another_browser() for _ in range(THREADS)]
    for copy in copies:
        copy.client.cookies["sessionid"] = pia.client.cookies["sessionid"].value

    responses = at_once(lambda copy: copy.post("/two-factor/setup/", {"code": code_of(pia.key)}), copies)

    assert no_failure(responses)
    assert Authenticator.objects.count() == 1
    assert rows(Event.TWO_FACTOR_ACTIVATED) == 1
    shown = [CODE.findall(copy.get("/two-factor/activated/").content.decode()) for copy in copies]
    assert sorted(map(len, shown)) == [0] * (THREADS - 1) + [10]


def test_of_twenty_wrong_passwords_at_once_exactly_five_are_evaluated(at_once, monkeypatch):
    user = make_member(make_owner().contracts.get(), "otto", two_factor_required=False)
    browsers = [Person(user, password=WRONG, ip="192.0.2.1") for _ in range(THREADS)]
    spent = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: spent.append(1) or encode(*args))

    responses = at_once(lambda browser: browser.start_login(), browsers)

    assert sorted(r.status_code for r in responses) == [200] * 5 + [429] * 15
    assert len(spent) == 5
    assert rows(Event.SIGN_IN_PASSWORD, outcome=Outcome.FAILED) == 5
    assert set(Attempts.objects.values_list("failures", flat=True)) == {5}
    assert rows(Event.THROTTLED) == 1


def test_of_twenty_wrong_codes_at_once_exactly_five_are_evaluated(lena, at_once):
    browsers = pending_browsers(lena)
    responses = at_once(lambda browser: browser.post("/login/code/", {"code": "000000"}), browsers)
    assert sorted(r.status_code for r in responses) == [200] * 5 + [429] * 15
    assert rows(Event.SIGN_IN_CODE, outcome=Outcome.FAILED) == 5
    assert Attempts.objects.get(kind=WRONG_CODES).failures == 5


def test_switching_the_requirement_off_twenty_times_at_once_changes_it_once(lena, at_once):
    user = User.objects.get(username="lena")
    owner = user.contract.owner
    changed = at_once(
        lambda number: services.set_required(actor=owner, target=user, required=False, origin=Origin("192.0.2.1")),
        list(range(THREADS)),
    )
    assert sum(map(bool, changed)) == 1
    assert rows(Event.TWO_FACTOR_REQUIRED) == 1
    assert User.objects.get(pk=user.pk).stamp == user.stamp + 1
    assert not Session.objects.filter(user=user).exists()


def test_a_reset_and_a_log_in_at_once_never_leave_a_verified_session_without_an_authenticator(lena, at_once):
    user = User.objects.get(username="lena")
    browsers = pending_browsers(lena)

    def work(item):
        number, browser = item
        if number == 0:
            return services.reset(actor=user.contract.owner, target=user, origin=Origin("192.0.2.1"))
        return browser.post("/login/code/", {"code": code_of(lena.key)})

    answers = at_once(work, list(enumerate(browsers)))

    assert answers[0] is not None
    assert no_failure(answers[1:])
    assert not any(browser.is_in() for browser in browsers)
    assert lena.another_browser().start_login().url == "/two-factor/setup/"
