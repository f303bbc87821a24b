"""All whom the filter finds, more than the page shows; and many at once, a hundred by each request."""

import re
from datetime import timedelta
from html import unescape

import pytest

from accounts.models import User
from cloudpanel.users import bulk_progress
from cloudpanel.users.bulk_progress import BulkProgress
from tests.accounts.users.conftest import enter
from tests.cloudpanel.users.test_bulk import BULK, USERS
from tests.factories import make_contract, make_many, make_member, make_role
from tests.people import words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commits")]
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


def hidden(answer) -> dict[str, list[str]]:
    """The fields that the page carries, as its form sends them."""
    found: dict[str, list[str]] = {}
    for name, value in HIDDEN.findall(answer.content.decode()):
        found.setdefault(name, []).append(unescape(value))
    return found


def ask(person, action: str, query: str = "", **more):
    return person.post(f"{BULK}{query}", {"action": action, "matching": "yes"} | more)


def active(prefix: str = "many") -> int:
    return User.objects.filter(username__startswith=prefix, is_active=True).count()


def test_where_more_match_than_are_shown_all_of_them_can_be_selected(olivia, contract):
    make_many(contract, 30)
    assert "Select all 30" in words(olivia.get(USERS))
    assert "Select all 30 matching" in words(olivia.get(f"{USERS}?q=many"))
    assert "Select all" not in words(olivia.get(f"{USERS}?q=many0001")).replace("Select all Name", "")


def test_the_question_names_the_filter_and_all_whom_it_finds(olivia, contract):
    make_many(contract, 30)
    make_member(contract, "lena")
    text = words(ask(olivia, "deactivate", "?q=many&state=active"))
    assert "Selected by the filter: “many” · Status: Active." in text
    assert "Users who match later are not included." in text
    assert "30 users are affected" in text
    assert "Many 0029 (many0029)" in text
    assert "lena" not in text


def test_the_answer_changes_those_who_were_asked_about_and_nobody_who_came_since(olivia, contract):
    make_many(contract, 30)
    page = ask(olivia, "deactivate", "?q=many")
    make_member(contract, "many9999")
    assert olivia.post(f"{BULK}?q=many", hidden(page) | {"confirm": "yes"}).url == f"{USERS}?q=many"
    assert list(
        User.objects.filter(is_active=True, username__startswith="many").values_list("username", flat=True)
    ) == ["many9999"]


def test_who_stayed_as_they_were_in_the_question_is_not_changed_by_its_answer(olivia, contract):
    people = make_many(contract, 3)
    User.objects.filter(pk=people[0].pk).update(is_active=False)
    page = ask(olivia, "deactivate")
    User.objects.filter(pk=people[0].pk).update(is_active=True)
    olivia.post(BULK, hidden(page) | {"confirm": "yes"})
    assert list(User.objects.filter(is_active=True, contract=contract).values_list("pk", flat=True)) == [people[0].pk]


def test_of_a_thousand_some_are_gone_and_some_were_changed_by_somebody_else(olivia, contract):
    people = make_many(contract, 1_000)
    page = olivia.post(BULK, {"action": "deactivate", "ids": [user.pk for user in people]})
    User.objects.filter(pk__in=[people[5].pk, people[500].pk]).delete()
    User.objects.filter(pk=people[7].pk).update(is_active=False)
    answer, rounds = olivia.post(BULK, hidden(page) | {"confirm": "yes"}), 1
    while answer.status_code == 200:
        assert f"{rounds * 100} of 1000 users done" in words(answer).replace(",", "")
        assert active() == 1_000 - 3 - (rounds * 100 - 2 - (rounds > 5))  # two of the first hundred, one of the sixth
        answer, rounds = olivia.post(BULK, hidden(answer)), rounds + 1
    assert (answer.url, rounds) == (USERS, 10)
    text = words(olivia.get(USERS))
    assert "997 users were deactivated." in text
    assert "2 users had been deleted in the meantime." in text
    assert not active()


def test_at_most_a_thousand_are_changed_and_the_page_says_so(olivia, contract):
    make_many(contract, 1_001)
    assert "Select the first 1,000" in words(olivia.get(USERS))
    page = ask(olivia, "deactivate")
    assert "the first 1,000 by name are changed. Then select again" in words(page)
    assert len(hidden(page)["ids"]) == 1_000


@pytest.mark.parametrize("typed", ["1000", "1,000", "1.000", "1 000", "1\N{NARROW NO-BREAK SPACE}000"])
def test_the_number_may_be_typed_as_the_page_shows_it(typed, olivia, contract):
    make_many(contract, 1_001)
    page = ask(olivia, "delete")
    text = words(page)
    assert "1,000 users are affected" in text
    assert "Type 1,000 to delete 1,000 users." in text
    assert "Delete 1,000 users" in text
    assert "100 of 1,000 users done" in words(olivia.post(BULK, hidden(page) | {"confirm": "yes", "count": typed}))


@pytest.mark.parametrize("typed", ["10,00", "1,00", "100,0", "1001"])
def test_after_a_refusal_the_page_still_says_that_more_match(typed, olivia, contract):
    make_many(contract, 1_001)
    page = olivia.post(BULK, hidden(ask(olivia, "delete", "?q=many")) | {"confirm": "yes", "count": typed})
    assert "Type 1,000, the number of users to delete." in words(page)
    again = olivia.post(f"{BULK}?q=many", hidden(page) | {"confirm": "yes", "count": typed})
    for answer in (page, again):
        assert "the first 1,000 by name are changed. Then select again" in words(answer)
    assert "Selected by the filter: “many”." in words(again)


def test_no_more_are_counted_as_selected_than_are_changed(olivia, contract):
    make_many(contract, 1_001)
    assert b'data-matching="1,000"' in olivia.get(USERS).content


def test_deleting_asks_for_the_number_once_and_then_goes_on(olivia, contract):
    make_many(contract, 150)
    page = ask(olivia, "delete")
    answer = olivia.post(BULK, hidden(page) | {"confirm": "yes", "count": "150"})
    assert "100 of 150 users done" in words(answer)
    assert olivia.post(BULK, hidden(answer)).url == USERS
    assert not User.objects.filter(username__startswith="many").exists()
    assert "150 users were deleted." in words(olivia.get(USERS))


def test_what_was_chosen_goes_on_from_batch_to_batch(olivia, contract):
    make_many(contract, 150, two_factor_required=False)
    page = ask(olivia, "require")
    moment = {"required_from": "2027-03-01T08:00", "required_from_zone": "UTC"}
    answer = olivia.post(BULK, hidden(page) | {"confirm": "yes"} | moment)
    olivia.post(BULK, hidden(answer))
    assert User.objects.filter(two_factor_required_from__year=2027).count() == 150


def test_a_right_that_is_taken_away_ends_it_at_the_next_batch(contract):
    role = make_role(contract, "users.show", "users.disable")
    reading = make_role(contract, "users.show")
    sam = enter(make_member(contract, "sam", role=role, two_factor_required=False))
    User.objects.filter(pk__in=[user.pk for user in make_many(contract, 150)]).update(role=reading)
    answer = sam.post(BULK, hidden(ask(sam, "deactivate")) | {"confirm": "yes"})
    role.permissions = ["users.show"]
    role.save()
    assert sam.post(BULK, hidden(answer)).status_code == 403
    assert active() == 50


@pytest.mark.parametrize("query", ["?sort=nonsense", "?state=x", "?role=x", "?q=%00"])
def test_a_filter_that_no_page_sends_is_refused(query, olivia):
    assert ask(olivia, "deactivate", query).status_code == 400


def test_who_may_not_see_the_list_selects_nobody_by_a_filter(somebody, contract):
    make_many(contract, 3)
    sam = somebody("users.delete")
    assert ask(sam, "delete", "?q=many").status_code == 403


def test_a_question_of_somebody_else_or_about_something_else_counts_as_none(olivia, owner, adam, contract):
    people = make_many(contract, 3)
    progress = BulkProgress(tuple(user.pk for user in people))
    other = make_contract(owner, "Beta")
    for sealed in (
        bulk_progress.seal(progress, "delete", actor=owner, contract=contract),
        bulk_progress.seal(progress, "deactivate", actor=User.objects.get(username="adam"), contract=contract),
        bulk_progress.seal(progress, "deactivate", actor=owner, contract=other),
        "rubbish",
        "",
    ):
        answer = olivia.post(BULK, {"action": "deactivate", "asked": sealed, "confirm": "yes"})
        assert "The page had expired. Select the users again." in words(answer)
    assert active() == 3


def test_an_answer_to_an_expired_question_is_asked_again_about_those_whom_it_would_change_now(clock, olivia, contract):
    people = make_many(contract, 2)
    User.objects.filter(pk=people[0].pk).update(is_active=False)
    page = ask(olivia, "activate")
    assert "1 of 2: already active, no change Many 0001 (many0001)" in words(page)
    User.objects.filter(pk=people[1].pk).update(is_active=False)
    for _ in range(5):
        clock.shift(timedelta(minutes=13))
        olivia.get(USERS)
    again = olivia.post(BULK, hidden(page) | {"confirm": "yes"})
    assert "The page had expired, so nothing was changed. Check who is affected now." in words(again)
    assert "2 users are affected" in words(again)
    assert active() == 0
    assert olivia.post(BULK, hidden(again) | {"confirm": "yes"}).url == USERS
    assert active() == 2


def test_a_change_of_many_that_was_left_for_an_hour_goes_no_further(clock, olivia, contract):
    make_many(contract, 150)
    answer = olivia.post(BULK, hidden(ask(olivia, "deactivate")) | {"confirm": "yes"})
    for _ in range(5):
        clock.shift(timedelta(minutes=13))
        olivia.get(USERS)
    assert "The page had expired. Select the users again." in words(olivia.post(BULK, hidden(answer)))
    assert active() == 50


def test_by_htmx_the_progress_is_put_in_place_and_the_end_opens_the_list(olivia, contract):
    make_many(contract, 250)
    answer = olivia.post(BULK, hidden(ask(olivia, "deactivate")) | {"confirm": "yes"})
    by_htmx = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "form#batch"}
    answer = olivia.post(BULK, hidden(answer), **by_htmx)
    assert "200 of 250 users done" in words(answer)
    assert "<html" not in answer.content.decode()
    answer = olivia.post(BULK, hidden(answer), **by_htmx)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, USERS)
    assert not active()
