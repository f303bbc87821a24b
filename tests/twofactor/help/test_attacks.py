"""What a clever attacker might try: other people's requests, guessed numbers, rights that go away meanwhile."""

import pytest

from accounts.models import Contract, User
from accounts.origin import SERVER
from accounts.sessions import services as sessions
from tests.factories import make_contract, make_member, make_owner
from tests.meanwhile import meanwhile
from tests.people import Person
from tests.twofactor.help.conftest import HELP, SETUP, answer, ask, page, words_on
from twofactor.help import services

pytestmark = pytest.mark.django_db


def is_untouched(lena: User) -> bool:
    lena.refresh_from_db()
    return lena.two_factor_active and not lena.setup_browser and lena.password_revoked_at is None


def test_an_owner_who_lost_the_contract_after_the_gate_let_them_in_changes_nothing(browser, olivia, owner, lena):
    """Between the gate and the effect: each answer asks again."""
    asked = ask(browser)
    heard = words_on(browser)
    target = User.objects.select_related("contract").get(pk=lena.pk)
    Contract.objects.filter(pk=lena.contract_id).update(owner=make_owner("heir", contract="Beta Hosting"))
    about = {"actor": owner, "target": target, "request_id": asked.pk, "origin": SERVER}
    assert isinstance(services.approve(**about, typed=heard), services.NotOpen)
    assert isinstance(services.approve(**about, typed="wrong words here"), services.NotOpen)
    assert services.refuse(**about) is None
    assert services.block(**about) is None
    asked.refresh_from_db()
    assert (asked.decision, asked.wrong_entries) == ("", 0)
    assert is_untouched(lena)


def test_an_owner_who_was_deactivated_meanwhile_changes_nothing(browser, owner, lena):
    asked = ask(browser)
    heard = words_on(browser)
    User.objects.filter(pk=owner.pk).update(is_active=False)
    about = {"actor": owner, "target": lena, "request_id": asked.pk, "origin": SERVER}
    assert isinstance(services.approve(**about, typed=heard), services.NotOpen)
    assert is_untouched(lena)


@pytest.mark.parametrize("action", ["approve", "refuse", "block"])
def test_an_owner_whose_sessions_ended_meanwhile_changes_nothing(browser, olivia, owner, lena, action):
    asked = ask(browser)
    heard = words_on(browser)
    with meanwhile(lambda: sessions.end_by(None, owner, origin=SERVER), before='AS "a" FROM "accounts_user"'):
        answer(olivia, asked, action, heard)
    asked.refresh_from_db()
    assert (asked.decision, is_untouched(lena)) == ("", True)


def test_nobody_approves_their_own_request(browser, phone, olivia, lena):
    """Neither in the pending login nor in a session that is open elsewhere."""
    asked = ask(browser)
    heard = words_on(browser)
    at_work = phone.another_browser()
    at_work.log_in()
    for person in (browser, at_work):
        answer(person, asked, "approve", heard)
    about = {"actor": lena, "target": lena, "request_id": asked.pk, "origin": SERVER}
    assert isinstance(services.approve(**about, typed=heard), services.NotOpen)
    assert is_untouched(lena)


def test_the_number_of_another_request_is_of_no_use(browser, olivia, contract, lena):
    """Words and number must be those of the user whose page it is."""
    mia = Person(make_member(contract, "mia")).enrol().another_browser()
    mia.start_login()
    of_lena, of_mia = ask(browser), ask(mia)
    for number in (of_mia.pk, of_mia.pk + 1, 1 << 62):
        data = {"request": number, "action": "approve", "words": words_on(browser)}
        assert olivia.post(page(lena), data).url == page(lena)
    answer(olivia, of_lena, "approve", words_on(mia))
    assert is_untouched(lena)
    of_lena.refresh_from_db()
    of_mia.refresh_from_db()
    assert (of_lena.wrong_entries, of_mia.wrong_entries) == (1, 0)


def test_the_words_of_an_earlier_request_are_dead(browser, olivia, lena):
    first = ask(browser)
    heard = words_on(browser)
    again = browser.another_browser()
    again.client.cookies["help"] = browser.client.cookies["help"].value
    again.start_login()
    second = ask(again)
    first.refresh_from_db()
    assert first.decision == "asked_anew"
    answer(olivia, second, "approve", heard)
    assert is_untouched(lena)


def test_an_owner_who_works_in_another_contract_answers_in_that_of_the_user_alone(browser, olivia, owner, lena):
    other = make_contract(owner, "Beta Hosting")
    olivia.post("/contracts/", {"contract": other.pk})
    asked = ask(browser)
    answer(olivia, asked, "approve", words_on(browser))
    assert is_untouched(lena)
    olivia.post("/contracts/", {"contract": lena.contract_id})
    assert answer(olivia, asked, "approve", words_on(browser)).url == f"/management/users/{lena.pk}/"


def test_a_replayed_cookie_is_worth_nothing_once_the_setup_is_done_or_the_owner_freed_the_account(
    browser, olivia, lena
):
    asked = ask(browser)
    answer(olivia, asked, "approve", words_on(browser))
    cookie = browser.client.cookies["help"].value
    browser.enrol()
    thief = Person(lena)
    thief.client.cookies["help"] = cookie
    assert thief.start_login().url == "/login/code/"
    assert thief.get(SETUP).url == "/login/code/"
    assert thief.get(HELP).status_code == 200
    assert 'class="spoken"' not in thief.get(HELP).content.decode()


def test_the_secret_of_a_cookie_from_before_approves_no_later_request_of_somebody_else(browser, olivia, lena):
    """An earlier browser's request was refused; its cookie does not become the browser of the next one."""
    refused = ask(browser)
    answer(olivia, refused, "refuse")
    other = browser.another_browser()
    other.start_login()
    asked = ask(other)
    answer(olivia, asked, "approve", words_on(other))
    assert browser.start_login().url == "/login/?ended=reserved"
    assert other.get(SETUP).status_code == 200


def test_a_colleague_who_may_set_passwords_does_not_free_an_account_that_waits_for_its_browser(
    browser, olivia, contract, lena
):
    adam = Person(make_member(contract, "adam", two_factor_required=False))
    adam.log_in()
    asked = ask(browser)
    answer(olivia, asked, "approve", words_on(browser))
    thief = Person(lena, password="seven brave otters juggle")
    form = {"password1": thief.password, "password2": thief.password}
    assert adam.post(f"/management/users/{lena.pk}/password/", form).status_code == 302
    assert thief.start_login().url == "/login/?ended=reserved"
    browser.password = thief.password
    assert browser.start_login().url == SETUP
