"""For each permission of the catalogue: a sub-user with only that one can do just that, over all addresses.

`CASES` says what each permission opens and what is written by it, column by column. It is held against the catalogue
and the table of addresses in both directions, so that neither a new permission nor a new address goes untested.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.gate.access import Audience
from accounts.models import Attempts, AuditRow, Event, Repetition, Role, Session, User
from accounts.permissions import ALL_PERMISSIONS, CATALOGUE
from cloudpanel.applications.openid.models import Client
from tests.architecture.test_views import DECLARED, OWNER_ONLY, TABLE
from tests.factories import make_application, make_member, make_owner, make_role
from tests.people import Person, words

pytestmark = pytest.mark.django_db

PATTERNS = {name: pattern for name, pattern, _ in TABLE}
NEW_PASSWORD = "seven-purple-lanterns-at-noon"
HREF = re.compile(r'href="(/[^"#]*)')
SEALED = re.compile(r'name="sealed" value="([^"]+)"')
LOOKED_AT_ONLY = None


@dataclass(frozen=True)
class Case:
    """One thing that one permission allows. In `data`, `{nothing}` and the like stand for ids of the world."""

    permission: str
    address: str
    data: dict[str, str] | None = LOOKED_AT_ONLY
    writes: str = ""
    """What its POST changes: `user.name` a column, `+user` a new row, `-user` a row that is gone."""
    seen_by: tuple[str, ...] = ()
    """Which permissions show the page, where it is not this one alone."""
    user: str = "target"

    def __str__(self) -> str:
        return f"{self.permission}-{self.address}"

    @property
    def lookers(self) -> tuple[str, ...]:
        return self.seen_by or (self.permission,)


BULK = ("users.enable", "users.disable", "users.delete", "users.change_role", "users.set_password")
CASES = (
    Case("users.show", "users"),
    Case("users.show", "users_export"),
    Case("users.show", "user"),
    Case(
        "users.create",
        "user_create",
        {"name": "Nina", "username": "nina", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "role": "{nothing}"},
        writes="+user",
    ),
    Case("users.create", "users_import_template"),
    Case("users.create", "users_import", {"file": "username,name,role\r\nnina,Nina,Nothing\r\n"}, writes="+user"),
    Case("users.delete", "user_delete", {}, writes="-user -attempts"),
    Case(
        "users.delete",
        "users_bulk",
        {"ids": "{target}", "action": "delete", "confirm": "yes"},
        writes="-user -attempts",
        seen_by=BULK,
    ),
    Case("users.set_name", "user_name", {"name": "Changed"}, writes="user.name user.name_key user.profile_changed_at"),
    Case("users.set_description", "user_description", {"description": "Changed"}, writes="user.description"),
    Case(
        "users.set_email",
        "user_email",
        {"email": "changed@example.com"},
        writes="user.pending_email user.pending_email_by_id +outgoingmail",
    ),
    Case(
        "users.set_password",
        "user_password",
        {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "must_change_password": "on"},
        writes="user.password user.password_set_by_other user.must_change_password user.stamp +notice",
    ),
    Case(
        "users.enable",
        "user_state",
        {"state": "active"},
        writes="user.is_active user.stamp user.rights_version +notice",
        user="sleeper",
    ),
    Case("users.enable", "user_unlock", {}, writes="-attempts"),
    Case(
        "users.disable",
        "user_state",
        {"state": "deactivated"},
        writes="user.is_active user.stamp user.rights_version +notice",
    ),
    Case(
        "users.disable",
        "users_bulk",
        {"ids": "{target}", "action": "deactivate", "confirm": "yes"},
        writes="user.is_active user.stamp user.rights_version +notice",
        seen_by=BULK,
    ),
    Case("users.change_role", "user_role", {"role": "{spare}"}, writes="user.role_id user.rights_version"),
    Case(
        "users.change_role",
        "users_bulk",
        {"ids": "{target}", "action": "role", "role": "{spare}", "confirm": "yes"},
        writes="user.role_id user.rights_version",
        seen_by=BULK,
    ),
    Case(
        "users.enable",
        "users_bulk",
        {"ids": "{sleeper}", "action": "activate", "confirm": "yes"},
        writes="user.is_active user.stamp user.rights_version +notice",
        seen_by=BULK,
    ),
    Case(
        "users.set_password",
        "users_bulk",
        {"ids": "{invited}", "action": "invite", "confirm": "yes"},
        writes="user.stamp +outgoingmail",
        seen_by=BULK,
    ),
    Case("roles.show", "roles"),
    Case("roles.show", "role"),
    Case("roles.create", "role_create", {"name": "Made", "description": "New"}, writes="+role"),
    Case("roles.delete", "role_delete", {}, writes="-role"),
    Case("roles.set_name", "role_name", {"name": "Changed"}, writes="role.name role.name_key"),
    Case("roles.set_description", "role_description", {"description": "Changed"}, writes="role.description"),
    Case(
        "roles.manage_users",
        "role_users",
        {"ids": "{target}"},
        writes="user.role_id user.rights_version",
        seen_by=("roles.manage_users", "roles.show"),
    ),
    Case("roles.modify", "role_state", {"state": "disabled"}, writes="role.enabled role.version"),
    Case(
        "roles.modify",
        "role_permissions",
        {"permissions": "roles.modify"},
        writes="role.permissions role.version",
        seen_by=("roles.modify", "roles.show"),
    ),
    Case("roles.clone", "role_clone", {"name": "Made"}, writes="+role"),
    Case("applications.show", "applications"),
    Case("applications.show", "application"),
    Case(
        "applications.create",
        "application_create",
        {"name": "Made", "origin": "https://made.example.com"},
        writes="+application",
    ),
    Case("applications.delete", "application_delete", {}, writes="-application -client"),
    Case(
        "applications.set_name",
        "application_name",
        {"name": "Changed"},
        writes="application.name application.name_key",
    ),
    Case(
        "applications.set_description",
        "application_description",
        {"description": "Changed"},
        writes="application.description",
    ),
    Case(
        "applications.modify",
        "application_origin",
        {"origin": "https://changed.example.com"},
        writes="application.origin",
    ),
    Case("applications.modify", "application_needs", {"needs": "two_factor"}, writes="application.needs"),
    Case(
        "applications.modify",
        "application_openid",
        {
            "openid": "on",
            "redirect_uris": "https://grafana.example.com/",
            "client_authentication": "post",
            "pkce_required": "on",
        },
        writes="application.openid application.client_id client.redirect_uris client.client_authentication",
    ),
    Case(
        "applications.modify",
        "application_secret",
        {},
        writes="client.secret client.old_secret client.secret_made_at",
    ),
    Case("applications.modify", "application_state", {"state": "disabled"}, writes="application.is_active"),
    Case("applications.modify", "application_guard_download", seen_by=("applications.show", "applications.modify")),
    Case(
        "applications.modify",
        "application_guard",
        {},
        writes="application.guard",
        seen_by=("applications.show", "applications.modify"),
    ),
    Case(
        "applications.manage_access",
        "application_access",
        {"who": "roles", "roles": "{spare}"},
        writes="application.who role.opens",
    ),
    Case("logs.show", "logs"),
    Case("logs.show", "logs_export"),
)
# The owner's alone; no permission exists for these.
OWNERS = (
    ("two_factor_required", {"required": "no"}),
    ("two_factor_reset", {}),
    ("user_help", {"action": "refuse", "request": "1"}),
    ("user_sessions", {}),
    ("user_session_end", {"session": "x"}),
    ("users_remind", {"ids": "{target}"}),
    ("users_bulk", {"ids": "{pending}", "action": "require", "confirm": "yes"}),
    ("users_bulk", {"ids": "{pending}", "action": "reset", "confirm": "yes"}),
)
OF_MEMBERS = {name for name, access in DECLARED.items() if access.audience is Audience.CONTRACT}
OWN_PAGES = {name for name in DECLARED if name not in OF_MEMBERS}
EVERY_PERMISSION = pytest.mark.parametrize("permission", sorted(ALL_PERMISSIONS))


@dataclass
class World:
    """Sam, who holds one permission, and whatever there is to be seen and changed, none of it beyond that reach."""

    permission: str
    ids: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        contract = make_owner().contracts.get()
        nothing = make_role(contract, name="Nothing")
        target = make_member(contract, "target", role=nothing)
        sleeper = make_member(contract, "sleeper", role=nothing, is_active=False)
        pending = make_member(contract, "pending", role=nothing, two_factor_required=False)
        invited = make_member(contract, "invited", role=nothing, email="invited@example.com")
        User.objects.filter(pk=invited.pk).update(password="!")
        self.ids = {
            "nothing": nothing.pk,
            "spare": make_role(contract, name="Spare").pk,
            "target": target.pk,
            "sleeper": sleeper.pk,
            "invited": invited.pk,
            "pending": pending.pk,
            "application": make_application(contract).pk,
        }
        Client.objects.create(application_id=self.ids["application"], secret="digest")
        soon = timezone.now() + timedelta(minutes=5)
        Attempts.objects.create(
            key="k", kind="factor", user=target, failures=5, blocked_until=soon, updated_at=timezone.now()
        )
        only = make_role(contract, self.permission, name="Only one right")
        self.sam = Person(make_member(contract, "sam", role=only, two_factor_required=False))
        self.sam.log_in()

    def url(self, address: str, user: str = "target") -> str:
        values = {
            "user_id": self.ids[user],
            "role_id": self.ids["spare"],
            "application_id": self.ids["application"],
            "kind": "caddy",
        }
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values.get(found[1], "x")), PATTERNS[address])

    def fields(self, data: dict[str, str]) -> dict:
        if "file" in data:
            return {"file": SimpleUploadedFile("users.csv", data["file"].encode())}
        return {name: value.format_map(self.ids) for name, value in data.items()}

    def look(self, case: Case):
        return self.sam.get(self.url(case.address, case.user))

    def act(self, case: Case):
        """Posts what the page asks for; where it shows first what would be done, confirms it."""
        url = self.url(case.address, case.user)
        response = self.sam.post(url, self.fields(case.data or {}))
        sealed = SEALED.search(response.content.decode())
        return self.sam.post(url, {"sealed": unescape(sealed[1]), "confirm": "yes"}) if sealed else response


def picture() -> dict[tuple[str, object], dict]:
    """Every row but those of the log and its counts; of sessions neither content nor last use."""
    rows = {}
    for model in apps.get_models():
        if model not in (AuditRow, Repetition) and model._meta.managed:
            own = {"session_data", "last_seen_at"} if model is Session else set()
            columns = [f.attname for f in model._meta.concrete_fields if f.attname not in own]
            rows |= {(model._meta.model_name, row["pk"]): row for row in model.objects.values("pk", *columns)}
    return rows


def differences(before: dict, after: dict) -> set[str]:
    """In the words of `Case.writes`."""
    changed = {
        f"{kind}.{column}"
        for kind, pk in before.keys() & after.keys()
        for column, value in before[kind, pk].items()
        if after[kind, pk][column] != value
    }
    gone = {f"-{kind}" for kind, _ in before.keys() - after.keys()}
    return changed | gone | {f"+{kind}" for kind, _ in after.keys() - before.keys()}


def refusals() -> int:
    return AuditRow.objects.filter(event=Event.ACCESS_REFUSED).count()


def links_in(pages: Iterable) -> set[str]:
    found = {unescape(link) for page in pages for link in HREF.findall(page.content.decode())}
    return {link for link in found if link.startswith("/management/")}


def test_every_permission_opens_something_and_nothing_else_is_asked_for():
    assert {case.permission for case in CASES} == ALL_PERMISSIONS
    assert {looker for case in CASES for looker in case.lookers} <= ALL_PERMISSIONS


def test_every_address_of_the_contract_is_opened_by_a_permission_or_is_the_owners():
    by_permission = {case.address for case in CASES}
    assert by_permission | OWNER_ONLY == OF_MEMBERS
    assert not by_permission & OWNER_ONLY
    assert {name for name, access in DECLARED.items() if access.owner_only} == OWNER_ONLY


def test_what_a_view_declares_is_what_the_table_says():
    for name in OF_MEMBERS - OWNER_ONLY:
        declared, listed = DECLARED[name].permission, {case.permission for case in CASES if case.address == name}
        assert declared is None or listed == {declared}, name


@EVERY_PERMISSION
def test_it_shows_its_own_pages_and_no_other(permission):
    world = World(permission)
    before, refused = picture(), set()
    for case in CASES:
        response = world.look(case)
        if permission in case.lookers:
            # The page about several users has nothing to show before they are selected.
            assert response.status_code == (302 if case.address == "users_bulk" else 200), case
        else:
            assert response.status_code == 403, case
            refused.add(response.wsgi_request.path)
    for address in OWNER_ONLY:
        assert world.sam.get(world.url(address)).status_code == 403, address
        refused.add(world.url(address))
    assert not differences(before, picture())
    assert refusals() == len(refused)  # the same refusal is one row a minute


@EVERY_PERMISSION
def test_no_page_that_it_shows_links_to_one_that_it_does_not(permission):
    world = World(permission)
    shown = [
        world.look(case)
        for case in CASES
        if permission in case.lookers and not case.address.endswith(("export", "template"))
    ]
    links = links_in([world.sam.get("/"), *(page for page in shown if page.status_code == 200)])
    assert {link: world.sam.get(link).status_code for link in links} == dict.fromkeys(links, 200)


@EVERY_PERMISSION
def test_whatever_else_is_posted_is_refused_and_changes_nothing(permission):
    world = World(permission)
    others = [case for case in CASES if case.permission != permission]
    before = picture()
    for case in others:
        response = world.act(case)
        assert response.status_code == 403, case
        said = unescape(words(response))
        assert "Ask the account owner" in said or "Your role doesn't allow this." in said, case
    for address, data in OWNERS:
        assert world.sam.post(world.url(address), world.fields(data)).status_code == 403, address
    assert not differences(before, picture())
    pages = {world.url(case.address, case.user) for case in others} | {world.url(address) for address, _ in OWNERS}
    assert refusals() == len(pages)
    assert set(AuditRow.objects.values_list("event", flat=True)) == {Event.SIGN_IN, Event.ACCESS_REFUSED}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_just_that_is_done(case):
    world = World(case.permission)
    before, rows = picture(), AuditRow.objects.count()
    response = world.act(case)
    if case.data is LOOKED_AT_ONLY:
        assert response.status_code == 405
    else:
        assert response.status_code == 302, words(response)
        assert world.sam.get(response.url).status_code == 200, "it leads where this person may go"
    assert differences(before, picture()) == set(case.writes.split())
    # The import writes a row for each user and one for itself.
    expected = 2 if case.address == "users_import" else 1 if case.data is not None else 0
    assert AuditRow.objects.count() - rows == expected
    assert not refusals()


@EVERY_PERMISSION
def test_a_disabled_role_grants_nothing(permission):
    world = World(permission)
    Role.objects.filter(name="Only one right").update(enabled=False)
    before = picture()
    for case in CASES:
        if case.permission == permission:
            assert world.look(case).status_code == 403, case
            assert world.act(case).status_code == 403, case
    assert not differences(before, picture())


@pytest.mark.parametrize("section", CATALOGUE, ids=lambda section: section.key)
def test_no_permission_is_asked_for_what_is_ones_own(section):
    """Nor does one that is held close any of it."""
    world = World(section.permissions[0].key)
    cookies = world.sam.client.cookies.copy()
    for address in sorted(OWN_PAGES):
        for method in (world.sam.get, world.sam.post):
            point = transaction.savepoint()
            response = method(world.url(address))
            transaction.savepoint_rollback(point)
            world.sam.client.cookies = cookies.copy()
            assert response.status_code in (200, 302, 303, 400, 401, 404, 405), address
    assert not refusals()
