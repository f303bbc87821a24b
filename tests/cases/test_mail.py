"""CASES: mail server missing, who exists."""

import statistics
import time

import pytest

from accounts.models import Attempts, User
from tests.commits import commits  # noqa: F401
from tests.factories import PASSWORD, make_member
from tests.people import Person, code_of, words

ATTEMPTS, RUNS = 30, 3
WITHIN = 1.2


@pytest.fixture(params=["no server", "dead server"])
def without_mail(request, settings):
    if request.param == "no server":
        settings.MAIL_ENABLED = False
    else:
        settings.EMAIL_BACKEND = settings.PANEL_BACKEND
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    return request.param


def quickly(step):
    begun = time.monotonic()
    answer = step()
    assert time.monotonic() - begun < 3
    assert answer.status_code in (200, 302)
    return answer


def said(person: Person, answer) -> str:
    return words(person.client.get(answer.url, follow=True)) if answer.status_code == 302 else words(answer)


@pytest.mark.usefixtures("commits")
def test_c57_everything_works_without_a_mail_server(without_mail, olivia, contract):
    lena = make_member(contract, "lena", email="lena@example.com")
    person, page = Person(lena), f"/management/users/{lena.pk}"
    person.start_login()
    key = person.read_key()
    answer = quickly(lambda: person.post("/two-factor/setup/", {"code": code_of(key)}))
    assert answer.url == "/two-factor/activated/"
    assert "could not be mailed" in said(person, answer)
    answer = quickly(lambda: olivia.post(f"{page}/two-factor-reset/"))
    assert "could not be mailed" in said(olivia, answer)
    assert not User.objects.get(pk=lena.pk).two_factor_active
    answer = quickly(lambda: olivia.post(f"{page}/email/", {"email": "new@example.com"}))
    assert "could not be mailed" in said(olivia, answer)
    answer = quickly(lambda: olivia.post(f"{page}/password/", {"invite": "on"}))
    expected = "send email, so an invitation" if without_mail == "no server" else "could not be mailed"
    assert expected in said(olivia, answer)


@pytest.mark.usefixtures("commits")
def test_c57_the_forgot_page_says_the_same_for_everybody_without_a_mail_server(without_mail, contract):
    make_member(contract, "lena", email="lena@example.com")
    pages = [
        words(quickly(lambda name=name: Person(name).post("/password/forgot/", {"username_or_email": name})))
        for name in ("lena", "nobody")
    ]
    assert pages[0] == pages[1]


def kinds(contract) -> dict[str, str]:
    """A name of each kind, none of which logs in with the password that is tried."""
    make_member(contract, "real", two_factor_required=False)
    invited = make_member(contract, "invited")
    invited.set_unusable_password()
    invited.save(update_fields=["password"])
    make_member(contract, "inactive", is_active=False)
    return {"unknown": "wrong", "real": "wrong", "invited": "wrong", "inactive": PASSWORD}


def one_run(passwords: dict[str, str]) -> dict[str, float]:
    """The median of the processor's time for a wrong login of each kind, all in turn; every answer reads the same."""
    took: dict[str, list[float]] = {name: [] for name in passwords}
    answers = set()
    for _ in range(ATTEMPTS):
        Attempts.objects.all().delete()
        for name, password in passwords.items():
            person = Person(name, password=password)
            person.get("/login/")
            begun = time.thread_time()
            answer = person.start_login()
            took[name].append(time.thread_time() - begun)
            headers = tuple(sorted(key for key in answer.headers))
            answers.add((answer.status_code, headers, words(answer).replace(name, "NAME")))
    assert len(answers) == 1
    return {name: statistics.median(times) for name, times in took.items()}


@pytest.mark.slow_hasher
def test_c56_a_log_in_tells_nobody_who_exists(contract):
    """A machine that is busy with other things gets three runs; whoever tells by the time fails them all."""
    passwords = kinds(contract)
    for _ in range(RUNS):
        medians = one_run(passwords)
        if max(medians.values()) < min(medians.values()) * WITHIN:
            return
    raise AssertionError(medians)
