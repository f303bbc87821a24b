"""Sessions as a list: of one's own account, and of a user for the account owner."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.utils import timezone

from accounts.models import Session, User
from tests.factories import make_member
from tests.people import Person, words

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1"
BY_HTMX = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "div#list"}
SECURITY = "/profile/security/"


@pytest.fixture
def nina(contract) -> User:
    return make_member(contract, "nina", two_factor_required=False)


def log_in(user: User, ip: str, agent: str = FIREFOX, *, days_ago: int = 0) -> Person:
    person = Person(user, ip=ip, HTTP_USER_AGENT=agent)
    person.log_in()
    when = timezone.now() - timedelta(days=days_ago)
    Session.objects.filter(ip=ip).update(created_at=when, last_seen_at=timezone.now() - timedelta(seconds=days_ago))
    return person


@pytest.fixture
def three(nina) -> Person:
    """The person at the first of three browsers, which was used last."""
    log_in(nina, "10.0.0.3", SAFARI, days_ago=1)
    log_in(nina, "10.0.0.1", FIREFOX, days_ago=2)
    return log_in(nina, "10.0.0.2", "A browser of its own")


def page_of(user: User) -> str:
    return f"/management/users/{user.pk}/sessions/"


def addresses(response) -> list[str]:
    assert response.status_code == 200, words(response)
    return [session.ip for session in response.context["listing"].page.rows]


@pytest.mark.parametrize(
    ("query", "last_parts"),
    [
        ("", "231"),
        ("?sessions=last_used", "132"),
        ("?sessions=-last_used", "231"),
        ("?sessions=started", "132"),
        ("?sessions=ip", "123"),
        ("?sessions=-ip", "321"),
        ("?sessions=browser", "213"),
    ],
)
def test_every_column_sorts_on_both_pages(olivia, nina, three, query, last_parts):
    expected = [f"10.0.0.{last}" for last in last_parts]
    assert addresses(three.get(SECURITY + query)) == expected
    assert addresses(olivia.get(page_of(nina) + query)) == expected


@pytest.mark.parametrize(
    "query", ["?sessions=colour", "?sessions=ip&sessions=ip", "?sessions_from=x", "?sessions_from=-1"]
)
def test_what_the_page_could_not_have_sent_is_refused(olivia, nina, three, query):
    assert three.get(SECURITY + query).status_code == 400
    assert olivia.get(page_of(nina) + query).status_code == 400


def test_many_sessions_come_in_pages_and_are_counted(olivia, nina):
    for number in range(27):
        log_in(nina, f"10.0.0.{number}", days_ago=number)
    first = olivia.get(page_of(nina))
    assert len(addresses(first)) == 25
    assert "1–25 of 27" in words(first)
    second = olivia.get(page_of(nina) + first.context["listing"].page.next_url)
    assert addresses(second) == ["10.0.0.25", "10.0.0.26"]
    assert addresses(olivia.get(page_of(nina) + second.context["listing"].page.previous_url)) == addresses(first)


def test_htmx_is_answered_with_the_list_alone(olivia, nina, three):
    for person, url in ((three, SECURITY), (olivia, page_of(nina))):
        answer = person.get(f"{url}?sessions=ip", **BY_HTMX)
        assert addresses(answer) == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
        assert "<html" not in answer.content.decode()


def test_the_list_of_users_stays_as_it_was_filtered(olivia, nina, three):
    """Its filters stand in the same address, and have names that differ from those of the sessions."""
    url = f"{page_of(nina)}?q=nin&sort=-name"
    shown = olivia.get(url)
    headings = {column.name: column.url for column in shown.context["listing"].columns}
    assert headings["ip"] == "?q=nin&sort=-name&sessions=ip"
    assert shown.context["cancel_url"] == f"/management/users/{nina.pk}/?q=nin&sort=-name"
    assert f'action="{shown.context["end_url"]}"'.replace("&", "&amp;") in shown.content.decode()


def test_one_session_is_ended_on_the_page_that_shows_them_all(olivia, nina, three):
    reference = olivia.get(page_of(nina)).context["listing"].page.rows[0].reference
    answer = olivia.post(f"{page_of(nina)}end/?q=nin", {"session": reference, "page": "sessions"})
    assert answer.url == f"{page_of(nina)}?q=nin"
    assert not three.is_in()
    assert len(addresses(olivia.get(answer.url))) == 2
    assert [str(message) for message in get_messages(answer.wsgi_request)] == ["The session was ended."]


@pytest.mark.parametrize("place", ["?sessions=-ip", "?sessions=-ip&sessions_from=26"])
def test_ending_one_keeps_the_order_and_the_page(olivia, nina, place):
    for number in range(28):
        person = log_in(nina, f"10.0.0.{number}")
    for who, url in ((olivia, page_of(nina)), (person, SECURITY)):
        shown = who.get(url + place)
        reference = next(each for each in shown.context["listing"].page.rows if not each.current).reference
        answer = who.post(shown.context["end_url"], {"session": reference, "page": "sessions"})
        assert answer.url == url + place
        assert who.get(answer.url).status_code == 200


def test_ones_own_session_has_a_mark_instead_of_a_button(three):
    shown = three.get(SECURITY)
    [current] = [session for session in shown.context["listing"].page.rows if session.current]
    assert current.ip == "10.0.0.2"
    assert current.reference not in shown.content.decode()
    assert shown.content.decode().count('name="session"') == 2
