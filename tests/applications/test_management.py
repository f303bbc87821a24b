"""Management > Applications through its pages."""

from html import unescape

import pytest
from django.utils import timezone

from accounts.models import AuditRow, Event
from accounts.models.session import Session
from cloudpanel.applications import rules
from cloudpanel.applications.models import Application, Visit
from tests.factories import make_application, make_contract, make_member, make_owner, make_role
from tests.meanwhile import meanwhile
from tests.people import Person, words

pytestmark = pytest.mark.django_db
PAGE = "/management/applications/"


@pytest.fixture
def grafana(contract):
    return make_application(contract)


def visit(application: Application) -> Visit:
    session = Session.objects.create(session_key="k" * 40, session_data="", expire_date=timezone.now())
    return Visit.objects.create(digest="d" * 64, application=application, session=session, auth_hash="", verified=False)


def test_an_application_is_created_for_everybody_with_no_more_than_a_login(olivia, contract):
    response = olivia.post(PAGE + "create/", {"name": "Grafana", "origin": "https://Grafana.example.com:443/"})
    made = contract.applications.get()
    assert response.url == f"{PAGE}{made.pk}/"
    assert (made.origin, made.who, made.needs, made.reauthenticate_minutes, made.preset, made.is_active) == (
        "https://grafana.example.com", "everybody", "login", None, "other", True,
    )  # fmt: skip
    row = AuditRow.objects.get(event=Event.APPLICATION_CREATED)
    assert (row.contract_id, row.target_label, row.detail["origin"]) == (contract.pk, "Grafana", made.origin)
    assert "Grafana" in words(olivia.get(PAGE))


def test_the_kind_says_where_it_is_chosen_and_shown_that_it_stays(olivia, grafana):
    assert "It can't be changed later." in unescape(words(olivia.get(f"{PAGE}create/")))
    more = unescape(words(olivia.get(f"{PAGE}{grafana.pk}/")))
    assert f"Kind {grafana.get_preset_display()} Chosen at creation. It can't be changed." in more


@pytest.mark.parametrize(
    "origin",
    ["http://127.0.0.1:3000", "https://127.0.0.1", "https://*.example.com", "x", "", "https://b\u00fccher.example"],
)
def test_a_wrong_origin_gets_a_sentence_and_nothing_typed_is_lost(olivia, origin):
    response = olivia.post(PAGE + "create/", {"name": "Kept name", "origin": origin})
    assert response.status_code == 200
    assert 'aria-invalid="true"' in response.content.decode()
    assert "Kept name" in response.content.decode()
    assert not Application.objects.exists()


def test_an_origin_is_unique_in_the_installation(olivia, grafana):
    elsewhere = make_contract(make_owner("other"))
    make_application(elsewhere, "https://taken.example.com")
    for page in ("create/", f"{grafana.pk}/origin/"):
        said = words(olivia.post(PAGE + page, {"name": "Mine", "origin": "https://taken.example.com"}))
        assert "Another application has this origin." in said


def test_a_new_origin_ends_every_visit(olivia, grafana):
    visit(grafana)
    olivia.post(f"{PAGE}{grafana.pk}/origin/", {"origin": "https://new.example.com"})
    assert Application.objects.get().origin == "https://new.example.com"
    assert not Visit.objects.exists()


def test_it_is_opened_to_some_roles_and_to_everybody_again(olivia, contract, grafana):
    admins, readers = make_role(contract, name="Admins"), make_role(contract, name="Readers")
    page = f"{PAGE}{grafana.pk}/access/"
    olivia.post(page, {"who": "roles", "roles": [admins.pk, readers.pk]})
    assert set(grafana.roles.all()) == {admins, readers}
    assert "Roles: Admins, Readers" in words(olivia.get(f"{PAGE}{grafana.pk}/"))
    assert "Select at least one role." in words(olivia.post(page, {"who": "roles"}))
    olivia.post(page, {"who": "everybody"})
    grafana.refresh_from_db()
    assert (grafana.who, grafana.roles.count()) == ("everybody", 0)
    assert AuditRow.objects.filter(event=Event.APPLICATION_CHANGED).count() == 2


def test_a_role_of_another_contract_is_none_of_these(olivia, grafana):
    foreign = make_role(make_contract(make_owner("other")))
    said = words(olivia.post(f"{PAGE}{grafana.pk}/access/", {"who": "roles", "roles": [foreign.pk]}))
    assert "One of these roles" in said
    assert not grafana.roles.exists()


@pytest.mark.parametrize("number", ["9" * 30, "-1", "0", "x", "1\0", "\N{FULLWIDTH DIGIT ONE}"])
def test_a_number_that_no_role_can_have_is_refused(olivia, grafana, number):
    answer = olivia.post(f"{PAGE}{grafana.pk}/access/", {"who": "roles", "roles": [number]})
    assert answer.status_code == 200
    assert "One of these roles" in words(answer)
    assert not grafana.roles.exists()


@pytest.mark.django_db(transaction=True)
def test_a_role_that_is_deleted_meanwhile_opens_nothing(olivia, contract, grafana):
    kept, role = make_role(contract), make_role(contract)
    with meanwhile(role.delete, before='"applications_application"."who" = '):
        page = olivia.post(f"{PAGE}{grafana.pk}/access/", {"who": "roles", "roles": [kept.pk, role.pk]}, follow=True)
    assert "Nothing was changed" in words(page)
    grafana.refresh_from_db()
    assert (grafana.who, list(grafana.roles.all())) == ("everybody", [])


def test_needs_are_lowered_by_the_owner_alone(olivia, contract, grafana):
    lena = Person(make_member(contract, two_factor_required=False))
    lena.log_in()
    page = f"{PAGE}{grafana.pk}/needs/"
    strict = {"needs": "two_factor", "reauthenticate_minutes": "10"}
    assert lena.post(page, strict).status_code == 302
    assert "confirmed within 10 minutes" in words(lena.get(f"{PAGE}{grafana.pk}/"))
    later = strict | {"reauthenticate_minutes": "11"}
    for lower in ({"needs": "login", "reauthenticate_minutes": "10"}, {"needs": "two_factor"}, later):
        assert "Only the account owner can lower this requirement." in words(lena.post(page, lower))
    assert lena.post(page, strict | {"reauthenticate_minutes": "1"}).status_code == 302
    assert "confirmed within 1 minute " in words(lena.get(f"{PAGE}{grafana.pk}/"))
    assert olivia.post(page, {"needs": "login"}).status_code == 302
    grafana.refresh_from_db()
    assert (grafana.needs, grafana.reauthenticate_minutes) == ("login", None)


@pytest.mark.parametrize("minutes", ["0", "721", "-1", "1.5", "ten", "9" * 400])
def test_minutes_are_a_number_from_1_to_720(olivia, grafana, minutes):
    response = olivia.post(f"{PAGE}{grafana.pk}/needs/", {"needs": "login", "reauthenticate_minutes": minutes})
    assert response.status_code == 200
    assert 'aria-invalid="true"' in response.content.decode()


@pytest.mark.parametrize(
    ("old", "new", "lowers"),
    [
        (("login", None), ("two_factor", None), False),
        (("two_factor", None), ("login", 5), True),
        (("passkey", 5), ("two_factor", 5), True),
        (("login", None), ("login", 5), False),
        (("login", 5), ("login", 4), False),
        (("login", 5), ("login", 6), True),
        (("login", 5), ("login", None), True),
        (("login", 5), ("two_factor", None), True),
    ],
)
def test_what_counts_as_lowering(old, new, lowers):
    assert rules.lowers(old, new) is lowers


def test_a_deleted_application_is_gone_with_its_visits(olivia, grafana):
    visit(grafana)
    page = f"{PAGE}{grafana.pk}/delete/"
    assert "Delete the application Grafana?" in words(olivia.get(page))
    assert olivia.post(page).url == PAGE
    assert not Application.objects.exists()
    assert not Visit.objects.exists()
    assert AuditRow.objects.get(event=Event.APPLICATION_DELETED).target_label == "Grafana"


def test_a_strangers_application_is_a_404(olivia):
    foreign = make_application(make_contract(make_owner("other")))
    for page in ("", "name/", "origin/", "description/", "access/", "needs/", "state/", "delete/"):
        assert olivia.get(f"{PAGE}{foreign.pk}/{page}").status_code == 404
        assert olivia.post(f"{PAGE}{foreign.pk}/{page}").status_code == 404
    text = words(olivia.get(f"{PAGE}{foreign.pk}/"))
    assert "There is no such application in this contract. It may have been deleted." in text


def test_the_table_is_searched_and_paged(olivia, contract):
    for number in range(30):
        make_application(contract, f"https://a{number:02}.example.com", name=f"Console {number:02}")
    first = olivia.get(PAGE)
    assert first.content.decode().count("<tr data-row>") == 25
    second = olivia.get(PAGE + first.context["page"].next_url)
    assert "Console 29" in words(second)
    assert "Console 07" in words(olivia.get(PAGE + "?q=A07.EXAMPLE"))
    assert "No applications match this search." in words(olivia.get(PAGE + "?q=nothing"))


def test_an_empty_table_says_what_to_do(olivia, contract):
    assert "Create the first application" in words(olivia.get(PAGE))
    reader = Person(make_member(contract, role=make_role(contract, "applications.show"), two_factor_required=False))
    reader.log_in()
    assert "Ask the account owner to create the first one." in words(reader.get(PAGE))


def test_a_pencil_stands_only_where_something_can_be_changed(contract, grafana):
    """The page of the guard is for everybody who may see applications: without a right to change it, a link leads
    there."""
    guard = f'href="{PAGE}{grafana.pk}/guard/"'
    for permissions, pencil in (["applications.show"], False), (["applications.show", "applications.modify"], True):
        role = make_role(contract, *permissions)
        person = Person(make_member(contract, f"pencil-{pencil}".lower(), role=role, two_factor_required=False))
        person.log_in()
        text = person.get(f"{PAGE}{grafana.pk}/").content.decode()
        assert guard in text
        assert (f'class="pencil" {guard}' in text) is pencil
        assert ('class="pencil"' in text) is pencil


def test_a_new_application_says_what_to_do_next_until_it_is_used(olivia, contract):
    application = make_application(contract, guard=False)
    page = f"{PAGE}{application.pk}/"
    assert "protect this application yet." in words(olivia.get(page))
    Application.objects.update(openid=True)
    assert f'<a href="{page}openid/">Set up OpenID Connect</a>' in olivia.get(page).content.decode()
    Application.objects.update(openid=False, guard=True)
    assert f'<a href="{page}guard/">Configure the proxy</a>' in olivia.get(page).content.decode()
    Application.objects.update(last_used_at=timezone.now())
    assert "Configure the proxy" not in words(olivia.get(page))
