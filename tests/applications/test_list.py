"""Management > Applications as a list: found, filtered, sorted, in pages, and by parts for htmx."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import make_application, make_member, make_owner, make_role
from tests.lists import names, names_for_htmx
from tests.people import Person, words

APPLICATIONS = "/management/applications/"


@pytest.fixture
def three(contract) -> None:
    now = timezone.now()
    make_application(contract, name="Grafana", origin="https://z.example", guard=True, last_used_at=now)
    make_application(
        contract, name="Äpfel", origin="https://a.example", guard=False, openid=True, who="roles", needs="passkey",
        last_used_at=now - timedelta(days=4), openid_used_at=now - timedelta(days=2),
    )  # fmt: skip
    make_application(
        contract,
        name="Wiki",
        origin="https://m.example",
        guard=False,
        needs="two_factor",
        is_active=False,
        last_used_at=None,
    )
    make_application(make_owner("rival", contract="Beta").contracts.get(), name="Foreign", origin="https://f.example")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Äpfel", "Grafana", "Wiki"]),
        ("?sort=-name", ["Wiki", "Grafana", "Äpfel"]),
        ("?sort=origin", ["Äpfel", "Wiki", "Grafana"]),
        ("?sort=guard", ["Grafana", "Äpfel", "Wiki"]),
        ("?sort=-openid", ["Wiki", "Grafana", "Äpfel"]),
        ("?sort=who", ["Grafana", "Wiki", "Äpfel"]),
        ("?sort=needs", ["Grafana", "Wiki", "Äpfel"]),
        ("?sort=last_used", ["Äpfel", "Grafana", "Wiki"]),
        ("?sort=-last_used", ["Grafana", "Äpfel", "Wiki"]),
        ("?sort=-state", ["Wiki", "Grafana", "Äpfel"]),
        ("?q=M.EX", ["Wiki"]),
        ("?q=apf", ["Äpfel"]),
        ("?state=disabled", ["Wiki"]),
        ("?guard=off&openid=off", ["Wiki"]),
        ("?who=roles", ["Äpfel"]),
        ("?needs=passkey&state=disabled", []),
    ],
)
def test_applications_are_found_filtered_and_sorted(olivia, three, query, found):
    assert names(olivia, APPLICATIONS + query) == found


def test_what_is_shown_is_counted_and_each_filter_is_a_chip(olivia, three):
    text = words(olivia.get(f"{APPLICATIONS}?needs=passkey"))
    assert "Needs: Security key or passkey Remove this filter Clear all" in text
    assert "1 of 1 matching, 3 in all" in text


@pytest.mark.parametrize("sort", ["name", "-origin", "guard", "-needs", "last_used", "-state"])
def test_pages_follow_each_other_without_gap_or_repeat_in_every_order(olivia, contract, sort):
    for number in range(60):
        make_application(
            contract, name=f"App {number:02}", origin=f"https://app{number}.example", guard=number % 3 == 0,
            needs=("login", "two_factor")[number % 2], is_active=number % 4 != 0,
            last_used_at=timezone.now() - timedelta(hours=number) if number % 5 else None,
            openid_used_at=timezone.now() - timedelta(hours=number * 2 % 60) if number % 2 else None,
        )  # fmt: skip
    seen, query = [], f"?sort={sort}"
    while query:
        page = olivia.get(APPLICATIONS + query).context["listing"].page
        seen += [row.name for row in page.rows]
        query = page.next_url
    assert sorted(seen) == [f"App {number:02}" for number in range(60)]


def test_last_used_is_the_later_of_guard_and_openid(clock, olivia, contract):
    hours = [timezone.now() - timedelta(hours=number) for number in range(4)]
    uses = {"Both": (hours[2], hours[3]), "Unused": (None, None), "Openid": (None, hours[1]), "Guard": (hours[3], None)}
    for name, (guard, openid) in uses.items():
        origin = f"https://{name.lower()}.example"
        made = make_application(contract, origin, name=name, last_used_at=guard, openid_used_at=openid)
        assert ("Last used Never" in words(olivia.get(f"{APPLICATIONS}{made.pk}/"))) is (name == "Unused")
    assert names(olivia, f"{APPLICATIONS}?sort=-last_used") == ["Openid", "Both", "Guard", "Unused"]
    assert names(olivia, f"{APPLICATIONS}?sort=last_used") == ["Guard", "Both", "Openid", "Unused"]
    assert words(olivia.get(APPLICATIONS)).count("Never") == 1


@pytest.mark.parametrize("query", ["?sort=id", "?guard=true", "?needs=nothing", "?cursor=1", "?who=a&who=b", "?q=%00"])
def test_hostile_questions_are_refused(olivia, three, query):
    assert olivia.get(APPLICATIONS + query).status_code == 400


def test_htmx_gets_the_list_alone(olivia, three):
    assert names_for_htmx(olivia, f"{APPLICATIONS}?q=wiki") == ["Wiki"]


def test_the_menu_of_a_row_has_what_this_viewer_may_do(olivia, contract, three):
    role = make_role(contract, "applications.show", "applications.delete")
    sam = Person(make_member(contract, "sam", role=role, two_factor_required=False))
    sam.log_in()
    menus = [[str(item.text) for item in line.menu] for line in sam.get(APPLICATIONS).context["lines"]]
    assert menus == [["Delete"]] * 3
    assert len(olivia.get(APPLICATIONS).context["lines"][0].menu) == 5


def test_three_and_three_hundred_applications_cost_the_same_number_of_queries(olivia, contract, three):
    with CaptureQueriesContext(connection) as few:
        olivia.get(APPLICATIONS)
    for number in range(300):
        make_application(contract, name=f"App {number}", origin=f"https://app{number}.example")
    with CaptureQueriesContext(connection) as many:
        assert len(olivia.get(APPLICATIONS).context["lines"]) == 25
    assert len(many) == len(few)
