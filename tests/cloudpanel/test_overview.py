"""The Overview: how far 2FA has come, what needs attention, and the first steps of a new owner."""

import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Attempts, AuditRow, Contract, Event, Outcome, Role, User
from accounts.permissions import ALL_PERMISSIONS
from cloudpanel.applications.guard import doubts
from cloudpanel.overview import logins, queries
from cloudpanel.overview.charts import Day
from cloudpanel.overview.queries import NeedKind
from cloudpanel.overview.views import SENTENCES
from tests.factories import make_application, make_member, make_owner, make_role
from tests.people import Person, words
from twofactor import totp
from twofactor.factors import account
from twofactor.factors import app as factor
from twofactor.models import RecoveryCode

pytestmark = pytest.mark.django_db


TODAY = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    logins._finished.cache_clear()


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
    account.activate(user, lambda user: factor.store(user, totp.new_key(), 1))
    used = RecoveryCode.objects.filter(user=user).order_by("pk")[:codes_used]
    RecoveryCode.objects.filter(pk__in=list(used.values_list("pk", flat=True))).update(used_at=timezone.now())
    return user


def _wait(user: User, minutes: int) -> None:
    until = timezone.now() + timedelta(minutes=minutes)
    Attempts.objects.create(
        key=f"{user.pk}|{minutes}", kind="factor", user=user, failures=6, blocked_until=until, updated_at=until
    )


def _needs(contract: Contract) -> dict[NeedKind, tuple[int, list[str]]]:
    return {need.kind: (need.count, [who.username for who in need.people]) for need in queries.needs(contract)}


def test_a_new_owner_sees_three_steps(contract: Contract) -> None:
    page = _page(contract.owner)
    text = words(page)
    for part in ("Create a user", "Hand over the password or the link", "Watch the activation"):
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
        NeedKind.STOLEN: (1, ["stolen"]),
        NeedKind.LOCKED: (1, ["locked"]),
        NeedKind.PENDING: (1, ["pending"]),
        NeedKind.WITHOUT: (1, ["off"]),
        NeedKind.FEW_CODES: (2, ["few", "none"]),
        NeedKind.SET_BY_OTHER: (1, ["given"]),
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
    page = _page(make_member(contract, two_factor_required=False))
    assert page.status_code == 200
    assert "is off for your own account" not in words(page)


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


def _row(contract: Contract | None, at: datetime, event: Event = Event.SIGN_IN, target: User | None = None) -> None:
    outcome = Outcome.OK if event is Event.SIGN_IN else Outcome.FAILED
    AuditRow.objects.create(
        at=at, contract_id=contract and contract.pk, event=event, outcome=outcome, target_id=target and target.pk
    )


def _days(contract: Contract) -> dict[str, tuple[int, int]]:
    """The days on which there was something."""
    found = logins.by_day(contract, TODAY.date())
    assert [day.day for day in found] == [TODAY.date() - timedelta(days=n) for n in range(29, -1, -1)]
    return {str(day.day): (day.done, day.failed) for day in found if day.done or day.failed}


def test_logins_are_counted_by_their_day_in_utc(contract: Contract) -> None:
    for at in ("2026-11-25T11:59", "2026-11-25T00:00", "2026-11-24T23:59:59.999999", "2026-10-27T00:00"):
        _row(contract, datetime.fromisoformat(f"{at}+00:00"))
    _row(contract, datetime.fromisoformat("2026-11-21T00:30+02:00"))
    _row(contract, datetime.fromisoformat("2026-10-26T23:59:59+00:00"))
    assert _days(contract) == {"2026-10-27": (1, 0), "2026-11-20": (1, 0), "2026-11-24": (1, 0), "2026-11-25": (2, 0)}


def test_wrong_passwords_and_wrong_codes_are_the_failed_ones(contract: Contract) -> None:
    for event in (Event.SIGN_IN, Event.SIGN_IN_PASSWORD, Event.SIGN_IN_CODE, Event.CONFIRMED, Event.USER_PASSWORD):
        _row(contract, TODAY, event)
    assert _days(contract) == {"2026-11-25": (1, 2)}


def test_the_owners_logins_count_and_those_of_strangers_do_not(contract: Contract) -> None:
    stranger = make_owner("stranger")
    _row(None, TODAY, target=contract.owner)
    _row(None, TODAY, Event.SIGN_IN_PASSWORD, target=contract.owner)
    _row(None, TODAY, target=stranger)
    _row(None, TODAY, Event.SIGN_IN_PASSWORD)
    _row(stranger.contracts.get(), TODAY)
    assert _days(contract) == {"2026-11-25": (1, 1)}


def test_today_and_yesterday_are_asked_anew_and_earlier_days_once(contract: Contract) -> None:
    _row(contract, TODAY - timedelta(days=40))
    _days(contract)
    for days in (0, 1, 2):
        _row(contract, TODAY - timedelta(days=days))
    assert _days(contract) == {"2026-11-24": (1, 0), "2026-11-25": (1, 0)}
    tomorrow = logins.by_day(contract, TODAY.date() + timedelta(days=1))
    assert tomorrow[-4:-1] == [Day((TODAY - timedelta(days=n)).date(), 1) for n in (2, 1, 0)]


def test_f37_days_whose_rows_were_removed_are_counted_anew(contract: Contract) -> None:
    """Also in a process that had counted them: the rows are removed by another one."""
    for days in (25, 20, 5):
        _row(contract, TODAY - timedelta(days=days))
    assert len(_days(contract)) == 3
    with time_machine.travel(TODAY, tick=False):
        call_command("retention", "--days", "10", stdout=StringIO())
    assert list(_days(contract)) == [str((TODAY - timedelta(days=5)).date())]


def test_both_charts_have_a_title_a_text_and_the_same_numbers_as_a_table(contract: Contract) -> None:
    _active(contract, "anna")
    make_member(contract, "ben")
    Person(contract.owner, password="wrong").start_login()
    page = _page(contract.owner)
    text, source = words(page), page.content.decode()
    assert source.count("<title id=") == source.count("<desc id=") == 2
    today = timezone.now().strftime("%Y-%m-%d")
    assert f"/management/logs/?period=custom&amp;from={today}&amp;to={today}" in source
    assert source.count("<details>") == 2
    assert "1 active, 1 pending, 0 planned, 0 without 2FA" in text
    assert "1 logged in above the line, 1 failed below it" in text
    day = timezone.now().strftime("%-d %b %Y")
    assert f"{day} 1 1" in text
    assert "style=" not in source
    assert "<script>" not in source


def test_measures_are_written_the_same_in_every_language(contract: Contract) -> None:
    make_member(contract, "ben")
    _active(contract, "anna")
    _active(contract, "carl")
    person = Person(contract.owner, headers={"accept-language": "de"})
    person.log_in()
    source = person.get("/").content.decode()
    assert 'x="66.92%"' in source
    assert ',92%"' not in source


@pytest.mark.parametrize(("permission", "shown"), [("logs.show", True), ("users.show", False)])
def test_logins_are_shown_to_those_who_may_see_the_logs(contract: Contract, permission: str, shown: bool) -> None:
    role = make_role(contract, permission)
    text = words(_page(make_member(contract, "limited", role=role, two_factor_required=False)))
    assert ("Logins in the last 30 days" in text) is shown


@time_machine.travel(TODAY, tick=False)
def test_the_whole_page_costs_the_same_number_of_queries(contract: Contract) -> None:
    person = Person(contract.owner)
    person.log_in()
    _row(contract, TODAY)

    def counted() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert person.get("/").status_code == 200
        return len(captured)

    make_member(contract, "ben", password_set_by_other=True)
    _active(contract, "few", codes_used=8)
    counted()
    before = counted()
    for number in range(10):
        make_member(contract, f"ben{number}", password_set_by_other=True)
        _active(contract, f"few{number}", codes_used=8)
        _row(contract, TODAY - timedelta(days=number))
    assert counted() == before <= 12


SECTIONS = {"coverage": "users have 2FA active", "needs": "Needs attention", "logins": "Logins in the last 30 days"}


@pytest.mark.parametrize(
    ("permissions", "shown"),
    [
        ((), set()),
        (("users.create",), set()),
        (("logs.show",), {"logins"}),
        (("users.show",), {"coverage", "needs"}),
        (("users.show", "logs.show"), {"coverage", "needs", "logins"}),
    ],
)
def test_f31_the_overview_shows_of_the_contract_what_the_role_shows(contract, permissions, shown) -> None:
    """Neither in words nor to the template: what the view does not look up, no page can let slip."""
    make_member(contract, "paul-pending")
    role = make_role(contract, *permissions)
    page = _page(make_member(contract, "limited", role=role, two_factor_required=False))
    assert {name for name, text in SECTIONS.items() if text in words(page)} == shown
    assert {name for name in SECTIONS if name in page.context} == shown
    assert ("Your role doesn't let you view users or logs." in words(page)) is (not shown)
    if "users.show" not in permissions:
        assert "pending" not in words(page)


def test_overview_and_profile_say_that_the_role_is_disabled(contract) -> None:
    role = make_role(contract, "users.show", name="Helpdesk")
    person = Person(make_member(contract, "limited", role=role, two_factor_required=False))
    person.log_in()
    Role.objects.filter(pk=role.pk).update(enabled=False)
    text = words(person.get("/"))
    assert "Your role “Helpdesk” is disabled and grants no permissions. Ask the account owner," in text
    assert "let you view users or logs" not in text
    assert "Helpdesk This role is disabled and grants no permissions." in words(person.get("/profile/"))


def test_f31_a_disabled_role_shows_nothing_of_the_contract(contract) -> None:
    role = make_role(contract, "users.show", "logs.show", enabled=False)
    page = _page(make_member(contract, "limited", role=role, two_factor_required=False))
    assert page.status_code == 200
    assert [name for name in SECTIONS if name in page.context] == []


def _shown(person: Person, address: str) -> int:
    """How many users the list at this address says there are."""
    return len(person.get(address).context["lines"])


def test_each_number_is_that_of_the_list_it_leads_to(contract: Contract) -> None:
    """Deactivated users are in the chart and not in what needs attention, as the page says."""
    tomorrow = timezone.now() + timedelta(days=1)
    for username, state in (("a", True), ("b", False)):
        _active(contract, f"few-{username}", codes_used=8, is_active=state)
        make_member(contract, f"pending-{username}", is_active=state)
        make_member(contract, f"planned-{username}", is_active=state, two_factor_required_from=tomorrow)
        make_member(contract, f"off-{username}", is_active=state, two_factor_required=False)
        _active(contract, f"given-{username}", is_active=state, password_set_by_other=True)
        _active(contract, f"stolen-{username}", is_active=state, password_revoked_at=timezone.now())
        _active(contract, f"unreached-{username}", is_active=state, mail_failed_at=timezone.now())
        _wait(_active(contract, f"locked-{username}", is_active=state), 5)
    olivia = Person(contract.owner)
    olivia.log_in()
    page = olivia.get("/")
    found = BeautifulSoup(page.content, "html.parser").select(".legend a[href*=users], dd a[href*='?']")
    numbers = {link["href"]: int(re.search(r"\d+", link.get_text())[0]) for link in found}  # type: ignore[index]
    assert len(numbers) == 4 + len(NeedKind)
    assert {address: _shown(olivia, address) for address in numbers} == numbers
    assert sorted(numbers.values()) == [1] * len(NeedKind) + [2, 2, 5, 7]  # nobody deactivated could set it up
    for words_of_it in ("Deactivated users are counted too.", "Deactivated users are left out."):
        assert words_of_it in words(page)


def test_a_password_that_must_be_changed_at_the_next_login_needs_nobodys_attention(contract: Contract) -> None:
    given = _active(contract, "given", password_set_by_other=True, must_change_password=True)
    assert _needs(contract) == {}
    User.objects.filter(pk=given.pk).update(must_change_password=False)
    assert _needs(contract) == {NeedKind.SET_BY_OTHER: (1, ["given"])}


ALWAYS = {NeedKind.PENDING, NeedKind.FEW_CODES}


@pytest.mark.parametrize(
    ("permissions", "more"),
    [
        (set(), set()),
        ({"users.set_password"}, {NeedKind.STOLEN, NeedKind.SET_BY_OTHER}),
        ({"users.enable"}, {NeedKind.LOCKED}),
        ({"users.set_email"}, {NeedKind.MAIL}),
        (ALL_PERMISSIONS, set(NeedKind) - ALWAYS - {NeedKind.WITHOUT}),
    ],
)
def test_only_what_this_viewer_can_do_something_about_is_flagged(contract, permissions, more) -> None:
    """2FA is required by the owner alone, so only the owner hears of users without it."""
    _active(contract, "given", password_set_by_other=True)
    _active(contract, "stolen", password_revoked_at=timezone.now())
    _active(contract, "unreached", mail_failed_at=timezone.now())
    _active(contract, "few", codes_used=8)
    _wait(make_member(contract, "paul"), 5)
    role = make_role(contract, "users.show", *permissions)
    page = _page(make_member(contract, "limited", role=role, two_factor_required=False))
    sentences = {need["sentence"] for need in page.context["needs"]}
    assert sentences == {str(SENTENCES[kind] % {"count": 1}) for kind in ALWAYS | more}
    kinds = queries.kinds_for(ALL_PERMISSIONS, is_owner=True)
    assert set(kinds) == set(NeedKind)


def test_a_guard_that_lets_nobody_in_is_shown_to_whoever_sees_applications_but_no_users(contract: Contract) -> None:
    make_application(contract, created_at=timezone.now() - timedelta(days=3))
    page = _page(
        make_member(contract, "limited", role=make_role(contract, "applications.show"), two_factor_required=False)
    )
    assert [each.name for each in page.context["unused_applications"]] == ["Grafana"]
    assert "Guarded, but nobody has had access for 24 hours" in words(page)
    assert "users have 2FA active" not in words(page)


def test_a_proxy_that_tells_too_little_is_shown_to_whoever_sees_applications(contract: Contract) -> None:
    make_member(contract)
    told = {"proxy": "caddy", "client": "192.0.2.1"}
    now = timezone.now()
    for number, (name, check) in enumerate([("Told", told), ("Silent", told | {"doubts": ["no_chain"]})]):
        make_application(contract, f"http://a{number}.localhost", name=name, last_used_at=now, last_check=check)
    owner = Person(contract.owner)
    owner.log_in()
    page = owner.get("/")
    assert [each.name for each in page.context["doubtful_applications"]] == ["Silent"]
    assert page.context["unused_applications"] == []
    silent = contract.applications.get(name="Silent")
    address = f"/management/applications/{silent.pk}/guard/"
    assert f'href="{address}"' in page.content.decode()
    assert owner.get(address).context["doubts"] == [doubts.SENTENCES[doubts.NO_CHAIN]]
