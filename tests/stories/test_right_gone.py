"""Somebody loses a right, or the session, between the click and the write: nothing is written, the page says why."""

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Attempts, AuditRow, Role, User
from accounts.origin import SERVER
from accounts.permissions import ALL_PERMISSIONS
from accounts.roles import services as role_services
from accounts.sessions import services as sessions
from accounts.users import services as user_services
from tests.factories import PASSWORD, make_member, make_role
from tests.meanwhile import meanwhile
from tests.people import Person, words

pytestmark = pytest.mark.django_db
NEW = "seven brave otters juggle"
GONE = "your permissions have just changed"
READ_ROLE, READ_USER = 'AS "a" FROM "accounts_role"', 'AS "a" FROM "accounts_user"'
UPDATE_USER, UPDATE_ROLE = 'UPDATE "accounts_user"', 'UPDATE "accounts_role"'


@pytest.fixture
def mona(contract) -> Person:
    """May do everything except own the contract."""
    person = Person(
        make_member(contract, "mona", role=make_role(contract, *ALL_PERMISSIONS), two_factor_required=False)
    )
    person.log_in()
    return person


def deactivated(contract):
    user = User.objects.get(username="mona")
    return lambda: user_services.set_state(actor=contract.owner, target=user, active=False, origin=SERVER)


def demoted(contract):
    role = User.objects.get(username="mona").role
    return lambda: role_services.set_permissions(
        actor=contract.owner, role=role, permissions=frozenset({"users.show", "roles.show"}), origin=SERVER
    )


def sessions_ended(contract):
    user = User.objects.get(username="mona")
    return lambda: sessions.end_by(contract.owner, user, origin=SERVER)


def password_set(contract):
    user = User.objects.get(username="mona")
    return lambda: user_services.set_password(
        actor=contract.owner, target=user, password=NEW, must_change_password=False, origin=SERVER
    )


LOSSES = pytest.mark.parametrize("loss", [deactivated, demoted, sessions_ended, password_set])


def told() -> list[str]:
    """What the log says of her, in order, after her login."""
    return list(AuditRow.objects.filter(actor_label="mona").exclude(event="sign_in").values_list("event", flat=True))


def new_user(contract, **more) -> dict:
    role = contract.roles.get(built_in=True).pk
    return {"username": "nina", "name": "Nina", "role": role, "password1": PASSWORD, "password2": PASSWORD} | more


@pytest.mark.django_db(transaction=True)
@LOSSES
@pytest.mark.parametrize("more", [{}, {"invite": "on", "email": "nina@example.com"}], ids=["password", "invited"])
def test_nobody_is_created(contract, mona, loss, more, mailoutbox):
    with meanwhile(loss(contract), before=READ_ROLE):
        answer = mona.post("/management/users/create/", new_user(contract, **more))
    assert answer.status_code == 302
    assert not User.objects.filter(username="nina").exists()
    assert (told(), mailoutbox) == ([], [])


@pytest.mark.django_db(transaction=True)
def test_the_page_says_why(contract, mona):
    with meanwhile(demoted(contract), before=READ_ROLE):
        answer = mona.post("/management/users/create/", new_user(contract))
    assert GONE in words(mona.get(answer.url))


@LOSSES
def test_nobody_is_imported(contract, mona, loss):
    table = b"username,name,role\r\nnina,Nina,Administrator\r\nolaf,Olaf,Administrator\r\n"
    shown = mona.post("/management/users/import/", {"file": SimpleUploadedFile("u.csv", table, "text/csv")})
    sealed = BeautifulSoup(shown.content, "html.parser").select_one("[name=sealed]")["value"]
    with meanwhile(loss(contract), before=READ_ROLE):
        mona.post("/management/users/import/", {"sealed": sealed, "confirm": "yes"})
    assert not User.objects.filter(username__in=["nina", "olaf"]).exists()
    assert "users_imported" not in told()


@LOSSES
@pytest.mark.parametrize(("field", "value"), [("name", "Lina"), ("description", "A friend")])
def test_nobody_is_renamed(contract, mona, loss, field, value):
    lena = make_member(contract)
    with meanwhile(loss(contract), before=UPDATE_USER):
        mona.post(f"/management/users/{lena.pk}/{field}/", {field: value})
    assert getattr(User.objects.get(pk=lena.pk), field) == getattr(lena, field)
    assert told() == []


@pytest.mark.django_db(transaction=True)
@LOSSES
@pytest.mark.parametrize(
    ("page", "data"),
    [
        ("email", {"email": "thief@example.com"}),
        ("password", {"invite": "yes"}),
        ("password", {"password1": NEW, "password2": NEW}),
        ("state", {"state": "deactivated"}),
        ("delete", {}),
    ],
)
def test_no_account_is_taken_or_lost(contract, mona, loss, page, data, mailoutbox):
    lena = make_member(contract, email="lena@example.com")
    before = User.objects.values().get(pk=lena.pk)
    with meanwhile(loss(contract), before=READ_USER if page == "delete" else UPDATE_USER):
        mona.post(f"/management/users/{lena.pk}/{page}/", data)
    assert User.objects.values().get(pk=lena.pk) == before
    assert (told(), mailoutbox) == ([], [])


@LOSSES
def test_nobody_is_unlocked(contract, mona, loss):
    lena = make_member(contract)
    Attempts.objects.create(key="k", kind="login_account", user_id=lena.pk, failures=9, updated_at=lena.created_at)
    with meanwhile(loss(contract), before=READ_USER):
        mona.post(f"/management/users/{lena.pk}/unlock/")
    assert Attempts.objects.filter(user_id=lena.pk).exists()
    assert told() == []


@LOSSES
@pytest.mark.parametrize("page", ["create", "clone"])
def test_no_role_is_made(contract, mona, loss, page):
    role = make_role(contract, "users.show", name="Support")
    address = "/management/roles/create/" if page == "create" else f"/management/roles/{role.pk}/clone/"
    with meanwhile(loss(contract), before=READ_USER):
        answer = mona.post(address, {"name": "Helpers", "description": ""})
    assert answer.status_code == 302
    assert not Role.objects.filter(name="Helpers").exists()
    assert told() == []


CHANGES = [
    ("name", {"name": "Helpers"}),
    ("description", {"description": "Helps"}),
    ("state", {"state": "disabled"}),
    ("permissions", {"permissions": ["users.show", "users.create"]}),
    ("delete", {}),
]


@LOSSES
@pytest.mark.parametrize(("page", "data"), CHANGES)
def test_no_role_is_changed(contract, mona, loss, page, data):
    role = make_role(contract, "users.show", name="Support")
    before = Role.objects.values().get(pk=role.pk)
    with meanwhile(loss(contract), before=READ_ROLE if page == "delete" else UPDATE_ROLE):
        answer = mona.post(f"/management/roles/{role.pk}/{page}/", data)
    assert answer.status_code == 302
    assert Role.objects.values().get(pk=role.pk) == before
    assert told() == []


def test_the_page_of_a_role_says_why(contract, mona):
    role = make_role(contract, "users.show", name="Support")
    with meanwhile(demoted(contract), before=UPDATE_ROLE):
        answer = mona.post(f"/management/roles/{role.pk}/name/", {"name": "Helpers"})
    assert GONE in words(mona.get(answer.url))
