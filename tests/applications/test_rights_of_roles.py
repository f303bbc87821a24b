"""What a role opens counts like a permission: who may not open it may neither give nor take it over."""

from importlib import import_module

import pytest
from django.apps import apps

from accounts.models import Role, User
from accounts.origin import SERVER
from accounts.roles import services as role_services
from accounts.users import services as user_services
from cloudpanel.applications import services
from cloudpanel.applications.models import Application
from tests.factories import PASSWORD, make_member, make_role
from tests.meanwhile import meanwhile
from tests.people import Person, words

pytestmark = pytest.mark.django_db
MAY = (
    "users.show",
    "users.create",
    "users.set_password",
    "users.set_email",
    "users.change_role",
    "users.disable",
    "users.delete",
    "roles.show",
    "roles.set_name",
    "roles.manage_users",
)
NEW = "seven brave otters juggle"
OPENS_MORE = "opens applications that you don&#x27;t have permission to open"


@pytest.fixture
def admins(contract) -> Role:
    """A role without any permission in the panel."""
    return make_role(contract, name="grafana-admins")


@pytest.fixture
def grafana(owner, contract, admins) -> Application:
    values = {"name": "Grafana", "origin": "https://grafana.example.com"}
    made = services.create_application(actor=owner, contract=contract, values=values, origin=SERVER)
    listed(made, owner, admins)
    return made


def listed(application: Application, owner: User, *roles: Role) -> None:
    now = Application.objects.get(pk=application.pk)
    who = "roles" if roles else "everybody"
    services.set_access(actor=owner, application=now, who=who, roles=roles, origin=SERVER)


@pytest.fixture
def gina(contract, admins) -> User:
    return make_member(contract, "gina", role=admins, email="gina@example.com", two_factor_required=False)


@pytest.fixture
def sam(contract) -> Person:
    """May do much with users, but not open Grafana."""
    person = Person(make_member(contract, "sam", role=make_role(contract, *MAY), two_factor_required=False))
    assert person.log_in()
    return person


def opens(role: Role) -> list[int]:
    return Role.objects.get(pk=role.pk).opens


CHANGES = [
    ("password", {"password1": NEW, "password2": NEW}),
    ("email", {"email": "thief@example.com"}),
    ("role", {"role": "own"}),
    ("state", {"state": "deactivated"}),
    ("delete", {}),
]


@pytest.mark.parametrize(("page", "data"), CHANGES)
def test_nobody_takes_over_an_account_that_opens_more(sam, gina, grafana, page, data):
    before = User.objects.values().get(pk=gina.pk)
    data = {name: User.objects.get(username="sam").role_id if value == "own" else value for name, value in data.items()}
    answer = sam.post(f"/management/users/{gina.pk}/{page}/", data)
    assert answer.status_code == 403
    assert OPENS_MORE in words(answer)
    assert User.objects.values().get(pk=gina.pk) == before


@pytest.mark.parametrize(("page", "data"), CHANGES[:2])
def test_whose_own_role_is_listed_may(sam, gina, grafana, owner, admins, page, data):
    listed(grafana, owner, admins, User.objects.get(username="sam").role)
    assert sam.post(f"/management/users/{gina.pk}/{page}/", data).status_code == 302


def test_as_may_whoever_manages_access(sam, gina, grafana):
    Role.objects.filter(users__username="sam").update(permissions=[*MAY, "applications.manage_access"])
    assert sam.post(f"/management/users/{gina.pk}/password/", dict(CHANGES[0][1])).status_code == 302


def test_nobody_creates_a_user_who_opens_more(sam, admins, grafana):
    data = {"username": "xx", "name": "X", "role": admins.pk, "password1": NEW, "password2": NEW}
    page = sam.post("/management/users/create/", data)
    assert f"it {OPENS_MORE}." in words(page)
    assert not User.objects.filter(username="xx").exists()
    assert "grafana-admins" not in words(sam.get("/management/users/create/"))


def test_nobody_gives_a_role_that_opens_more(sam, contract, admins, grafana):
    friend = make_member(contract, "friend", role=make_role(contract))
    page = sam.post(f"/management/users/{friend.pk}/role/", {"role": admins.pk})
    assert f"it {OPENS_MORE}" in words(page)
    assert sam.post(f"/management/roles/{admins.pk}/users/", {"ids": [friend.pk]}).status_code == 403
    assert sam.post(f"/management/roles/{admins.pk}/name/", {"name": "Others"}).status_code == 403
    assert User.objects.get(pk=friend.pk).role_id == friend.role_id


def test_a_disabled_role_counts_in_full(sam, gina, admins, grafana, owner):
    admins.refresh_from_db()
    role_services.set_state(actor=owner, role=admins, enabled=False, origin=SERVER)
    assert sam.post(f"/management/users/{gina.pk}/delete/").status_code == 403


def test_a_role_that_is_listed_meanwhile_prevents_the_change(sam, gina, grafana, owner, admins):
    listed(grafana, owner)
    with meanwhile(lambda: listed(grafana, owner, admins), before='UPDATE "accounts_user"'):
        sam.post(f"/management/users/{gina.pk}/password/", dict(CHANGES[0][1]))
    assert User.objects.get(pk=gina.pk).check_password(PASSWORD)


def test_roles_know_what_lists_them(owner, contract, admins, grafana):
    other = make_role(contract)
    assert (opens(admins), opens(other)) == ([grafana.pk], [])
    values = {"name": "Wiki", "origin": "https://wiki.example.com"}
    wiki = services.create_application(actor=owner, contract=contract, values=values, origin=SERVER)
    listed(wiki, owner, admins, other)
    listed(grafana, owner, other)
    assert (opens(admins), opens(other)) == ([wiki.pk], [grafana.pk, wiki.pk])
    services.delete_application(actor=owner, application=wiki, origin=SERVER)
    assert (opens(admins), opens(other)) == ([], [grafana.pk])
    listed(grafana, owner)
    assert (opens(admins), opens(other)) == ([], [])


def test_a_clone_is_not_listed(owner, admins, grafana):
    admins.refresh_from_db()
    clone = role_services.clone_role(actor=owner, role=admins, name="Copy", description="", origin=SERVER)
    assert opens(clone) == []


def test_what_lists_a_role_is_noted_at_an_upgrade(grafana, admins):
    Role.objects.update(opens=[])
    import_module("cloudpanel.applications.migrations.0002_what_roles_open").note_what_roles_open(apps, None)
    assert opens(admins) == [grafana.pk]


def test_the_owner_and_administrators_lack_nothing(owner, contract, gina, grafana):
    adam = make_member(contract, "adam")
    for actor in (owner, adam):
        now = User.objects.select_related("role", "contract").get(pk=gina.pk)
        assert user_services.set_description(actor=actor, target=now, description=actor.username, origin=SERVER)
