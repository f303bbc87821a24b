"""A sensitive act begins the five minutes of `/confirm/` anew, 30 minutes in all."""

import pytest

from tests.factories import PASSWORD, make_admin, make_member
from tests.people import Person

pytestmark = pytest.mark.django_db
MINUTE = 60


@pytest.fixture
def people(contract):
    return [make_member(contract, f"user{number}") for number in range(12)]


@pytest.fixture
def boss(owner, clock) -> Person:
    person = Person(owner)
    person.log_in()
    return person


def act(person: Person, user, required: str = "no") -> str:
    return person.post(f"/management/users/{user.pk}/two-factor-required/", {"required": required}).url


def is_asked(url: str) -> bool:
    return url.startswith("/confirm/")


def test_item4_who_works_through_ten_users_is_asked_once(boss, people, clock):
    for user in people[:7]:
        clock.shift(4 * MINUTE)
        assert not is_asked(act(boss, user))
    clock.shift(2 * MINUTE)  # 30 minutes since the login
    assert is_asked(act(boss, people[7]))


def test_item4_the_thirty_minutes_begin_with_a_real_confirmation(boss, people, clock):
    clock.shift(6 * MINUTE)
    assert is_asked(act(boss, people[0]))
    boss.post("/confirm/", {"password": PASSWORD})
    for user in people[:7]:
        clock.shift(4 * MINUTE)
        assert not is_asked(act(boss, user))
    clock.shift(2 * MINUTE)
    assert is_asked(act(boss, people[7]))


def test_item4_five_minutes_without_an_act_end_it(boss, people, clock):
    clock.shift(4 * MINUTE)
    assert not is_asked(act(boss, people[0]))
    clock.shift(5 * MINUTE)
    assert is_asked(act(boss, people[1]))


def test_item4_looking_and_being_refused_extend_nothing(boss, people, clock):
    clock.shift(4 * MINUTE)
    page = f"/management/users/{people[0].pk}/two-factor-required/"
    assert boss.get(page).status_code == 200
    assert boss.post(page, {"required": "perhaps"}).status_code == 200
    boss.get("/management/users/")
    clock.shift(MINUTE)
    assert is_asked(act(boss, people[0]))


def test_item4_an_act_that_asks_first_extends_nothing(boss, people, clock):
    clock.shift(5 * MINUTE)
    assert is_asked(act(boss, people[0]))
    assert is_asked(act(boss, people[0]))


def test_item4_a_new_login_is_as_fresh_as_ever(boss, people, clock, owner):
    clock.shift(4 * MINUTE)
    act(boss, people[0])
    other = boss.another_browser()
    other.log_in()
    clock.shift(5 * MINUTE)
    assert is_asked(act(other, people[1]))


def test_item4_what_is_saved_in_django_admin_extends_it_too(contract, clock):
    admin, user = Person(make_admin()).enrol(), make_member(contract)
    page = f"/admin/accounts/user/{user.pk}/change/"
    for name in ("Anna", "Berta"):
        clock.shift(4 * MINUTE)
        form = {"name": name, "is_active": "on", "role": user.role_id, "description": ""}
        assert not is_asked(admin.post(page, form).url)
    clock.shift(5 * MINUTE)
    assert is_asked(admin.get(page).url)
