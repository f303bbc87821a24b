"""The Overview: how far 2FA has come, what needs attention, and the first steps of a new owner."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Attempts, Contract, User
from cloudpanel.overview import queries
from cloudpanel.overview.queries import Kind
from tests.factories import make_member, make_owner, make_role
from tests.people import Person, words
from twofactor import factor, totp
from twofactor.models import RecoveryCode

pytestmark = pytest.mark.django_db


@pytest.fixture
def contract() -> Contract:
    return make_owner().contracts.get()


def _page(user: User):
    person = Person(user)
    person.log_in()
    response = person.get("/")
    assert response.status_code == 200
    return response


def _active(contract: Contract, username: str, *, codes_used: int = 0, **fields: object) -> User:
    user = make_member(contract, username, **fields)
    factor.activate(user, key=totp.new_key(), step=1)
    used = RecoveryCode.objects.filter(user=user).order_by("pk")[:codes_used]
    RecoveryCode.objects.filter(pk__in=list(used.values_list("pk", flat=True))).update(used_at=timezone.now())
    return user


def _wait(user: User, minutes: int) -> None:
    until = timezone.now() + timedelta(minutes=minutes)
    Attempts.objects.create(
        key=f"{user.pk}|{minutes}", kind="factor", user=user, failures=6, blocked_until=until, updated_at=until
    )


def _needs(contract: Contract) -> dict[Kind, tuple[int, list[str]]]:
    return {need.kind: (need.count, [who.username for who in need.people]) for need in queries.needs(contract)}


def test_a_new_owner_sees_three_steps(contract: Contract) -> None:
    page = _page(contract.owner)
    text = words(page)
    for part in ("Create a user", "Hand over the password or the link", "See them activate"):
        assert part in text
    assert "Needs attention" not in text
    assert 'href="/management/users/create/"' in page.content.decode()


def test_the_numbers_of_coverage(contract: Contract) -> None:
    _active(contract, "anna")
    make_member(contract, "ben")
    make_member(contract, "carl", two_factor_required=False)
    page = _page(contract.owner)
    assert "1 of 3 users have 2FA active" in words(page)
    assert [page.context["coverage"].pending, page.context["coverage"].without] == [1, 1]


def test_nothing_needs_attention_where_all_is_well(contract: Contract) -> None:
    _active(contract, "anna", codes_used=6)
    assert _needs(contract) == {}
    assert "Nothing at the moment." in words(_page(contract.owner))


def test_what_needs_attention(contract: Contract) -> None:
    _active(contract, "few", codes_used=7)
    _active(contract, "none", codes_used=10)
    make_member(contract, "pending")
    make_member(contract, "off", two_factor_required=False)
    _active(contract, "given", password_set_by_other=True)
    _active(contract, "stolen", password_revoked_at=timezone.now())
    locked = _active(contract, "locked")
    _wait(locked, 5)
    _wait(locked, 10)
    _wait(_active(contract, "waited"), -1)
    assert _needs(contract) == {
        Kind.STOLEN: (1, ["stolen"]),
        Kind.LOCKED: (1, ["locked"]),
        Kind.PENDING: (1, ["pending"]),
        Kind.WITHOUT: (1, ["off"]),
        Kind.FEW_CODES: (2, ["few", "none"]),
        Kind.SET_BY_OTHER: (1, ["given"]),
    }


def test_nobody_deactivated_or_of_another_contract_is_among_them(contract: Contract) -> None:
    make_member(contract, "gone", is_active=False, password_set_by_other=True)
    _wait(make_member(make_owner("stranger").contracts.get(), "foreign"), 5)
    assert _needs(contract) == {}


def test_only_the_first_by_name_are_named(contract: Contract) -> None:
    for number in range(8):
        _active(contract, f"user{number}", name=f"Zoe {9 - number}", password_set_by_other=True)
    need = queries.needs(contract)[0]
    assert (need.count, need.more) == (8, 3)
    assert [who.username for who in need.people] == ["user7", "user6", "user5", "user4", "user3"]
    assert "and 3 more" in words(_page(contract.owner))


def test_entries_lead_to_the_people(contract: Contract) -> None:
    make_member(contract, "ben")
    few = _active(contract, "few", codes_used=8)
    page = _page(contract.owner).content.decode()
    assert 'href="/management/users/?two_factor=pending&amp;state=active"' in page
    assert f'href="/management/users/{few.pk}/"' in page


def test_who_may_not_see_users_sees_the_numbers_alone(contract: Contract) -> None:
    make_member(contract, "ben")
    few = _active(contract, "few", codes_used=8)
    limited = make_member(contract, "limited", role=make_role(contract, "logs.show"), two_factor_required=False)
    page = _page(limited)
    text = words(page)
    assert "1 of 3 users have 2FA active" in text
    assert "1 user has yet to set up 2FA." in text
    assert "few," not in text
    assert "/management/users/" not in page.content.decode()
    assert f"/{few.pk}/" not in page.content.decode()


def test_the_owner_is_warned_while_their_own_factor_is_off(contract: Contract) -> None:
    page = _page(contract.owner)
    assert "is off for your own account" in words(page)
    assert 'href="/profile/security/"' in page.content.decode()


def test_the_warning_ends_with_the_activation(contract: Contract) -> None:
    contract.owner.two_factor_required = True
    contract.owner.save(update_fields=["two_factor_required"])
    page = Person(contract.owner).enrol().get("/")
    assert page.status_code == 200
    assert "is off for your own account" not in words(page)


def test_a_sub_user_is_not_warned(contract: Contract) -> None:
    assert "is off for your own account" not in words(_page(make_member(contract, two_factor_required=False)))


def test_the_number_of_queries_does_not_grow(contract: Contract) -> None:
    def counted() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert len(queries.needs(contract)) == 3
        return len(captured)

    make_member(contract, "ben", password_set_by_other=True)
    _active(contract, "few", codes_used=8)
    before = counted()
    for number in range(10):
        make_member(contract, f"ben{number}", password_set_by_other=True)
        _active(contract, f"few{number}", codes_used=8)
    assert counted() == before


def test_the_overview_is_only_read(contract: Contract) -> None:
    person = Person(contract.owner)
    person.log_in()
    assert person.post("/").status_code == 405
