"""Every step that a person chose has a way out: back to where they came from, with nothing changed."""

import pytest
from bs4 import BeautifulSoup

from accounts.models import AuditRow
from tests.factories import make_member, make_role
from tests.people import Person
from twofactor.login.freshness import CONFIRMED_AT

pytestmark = pytest.mark.django_db
SECURITY = "/profile/security/"


def cancel_of(response) -> str | None:
    link = BeautifulSoup(response.content, "html.parser").find("a", string="Cancel")
    return link and link["href"]


def out_of_date(person: Person) -> Person:
    """Logged in so long ago that sensitive pages ask to confirm."""
    session = person.client.session
    session.pop(CONFIRMED_AT, None)
    session.save()
    return person


@pytest.fixture
def volunteer(contract) -> Person:
    person = Person(make_member(contract, "otto", two_factor_required=False))
    person.log_in()
    return person


def test_f35_a_new_phone_can_be_cancelled_and_the_old_app_goes_on(contract):
    lena = Person(make_member(contract)).enrol()
    rows = AuditRow.objects.count()
    assert cancel_of(lena.get("/two-factor/setup/")) == SECURITY
    assert cancel_of(lena.client.post("/two-factor/setup/", {"code": ""})) == SECURITY
    assert lena.get(SECURITY).status_code == 200
    assert AuditRow.objects.count() == rows
    assert lena.another_browser().log_in().url == "/"


def test_f35_a_set_up_by_choice_can_be_cancelled(volunteer):
    assert cancel_of(volunteer.get("/two-factor/setup/")) == SECURITY


def test_f35_a_required_set_up_can_not(contract):
    person = Person(make_member(contract))
    person.start_login()
    assert cancel_of(person.get("/two-factor/setup/")) is None


def test_f35_confirm_leads_back_to_the_page_with_the_pencil(olivia, contract):
    lena = make_member(contract)
    out_of_date(olivia)
    wanted = f"/management/users/{lena.pk}/two-factor-required/"
    for came_from in ("/management/users/?q=lena&sort=name", f"/management/users/{lena.pk}/"):
        page = olivia.client.get(wanted, headers={"referer": f"http://testserver{came_from}"}, follow=True)
        assert page.request["PATH_INFO"] == "/confirm/"
        assert cancel_of(page) == came_from
    wrong = {"password": "wrong", "next": wanted, "back": "/management/users/?q=lena"}
    assert cancel_of(olivia.post("/confirm/", wrong)) == "/management/users/?q=lena"


def test_f35_without_a_way_back_it_is_the_page_above(olivia, contract):
    lena = make_member(contract)
    out_of_date(olivia)
    above = {
        f"/management/users/{lena.pk}/two-factor-required/": f"/management/users/{lena.pk}/",
        "/profile/email/": "/profile/",
        "/two-factor/recovery-codes/": SECURITY,
        "/two-factor/setup/": SECURITY,
        "/admin/": "/",
        "/": "/",
        "": "/",
    }
    assert {wanted: cancel_of(olivia.client.get("/confirm/", {"next": wanted})) for wanted in above} == above
    form = f"http://testserver/management/users/{lena.pk}/two-factor-required/"  # posted after its five minutes
    page = olivia.client.get("/confirm/", {"next": form[17:]}, headers={"referer": form})
    assert cancel_of(page) == f"/management/users/{lena.pk}/"


def test_f35_the_page_above_is_one_that_the_role_shows(contract):
    lena = make_member(contract)
    role = make_role(contract, "users.set_email")
    helper = Person(make_member(contract, "helper", role=role, two_factor_required=False))
    helper.log_in()
    page = helper.client.get("/confirm/", {"next": f"/management/users/{lena.pk}/email/"})
    assert cancel_of(page) == "/"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "javascript:alert(1)",
        "http://testserver.evil.example/profile/",
        "http://testserver@evil.example/profile/",
        "http://testserver//evil.example/",
        "http://testserver/no/such/page/",
        "http://testserver/logout/",
        "http://testserver/confirm/?next=/profile/email/",
        "http://[",
    ],
)
def test_f35_cancel_never_leads_to_another_site_or_round_in_circles(elsewhere, volunteer):
    page = volunteer.client.get("/confirm/", {"next": "/profile/email/"}, headers={"referer": elsewhere})
    assert cancel_of(page) == "/profile/"
    again = volunteer.client.post("/confirm/", {"password": "", "next": "/profile/email/", "back": elsewhere})
    assert cancel_of(again) == "/"
