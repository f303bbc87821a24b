"""The very next request after each change, behind the real proxies and under two root domains."""

from collections.abc import Callable
from itertools import count

import pytest

from accounts.models import User
from accounts.origin import SERVER
from accounts.roles import services as roles
from accounts.sessions import services as sessions
from accounts.users import services as users
from cloudpanel.applications import services
from cloudpanel.applications.models import Application
from tests.applications.world import HTML, World
from tests.factories import PASSWORD, make_member, make_role
from tests.people import Person
from twofactor.requirement import services as requirement

pytestmark = pytest.mark.django_db(transaction=True)
NEW = f"{PASSWORD}-new"
_numbers = count(1)


class Case:
    """The application as it is made, with a person of its own who has 2FA."""

    def __init__(self, world: World) -> None:
        self.world, number = world, next(_numbers)
        contract = world.application.contract
        self.role, self.other = (make_role(contract, name=f"{name} {number}") for name in ("Readers", "Others"))
        self.user = make_member(contract, f"lena{number}", role=self.role)
        world.person = self.person = Person(self.user).enrol()
        changes = {"is_active": True, "guard": True, "who": "roles", "needs": "login"}
        Application.objects.filter(pk=world.application.pk).update(**changes)
        world.application.roles.set([self.role])

    @property
    def owner(self) -> User:
        return User.objects.get(pk=self.world.owner.pk)

    @property
    def target(self) -> User:
        return User.objects.select_related("contract", "role", "authenticator").get(pk=self.user.pk)

    def of_user(self, service: Callable, **values: object) -> None:
        assert service(actor=self.owner, target=self.target, origin=SERVER, **values)

    def of_application(self, service: Callable, **values: object) -> None:
        application = Application.objects.select_related("contract__owner").get(pk=self.world.application.pk)
        assert service(actor=self.owner, application=application, origin=SERVER, **values)

    def of_session(self, **values: str) -> None:
        assert self.world.session(self.user).update(**values) == 1


CHANGES: dict[str, Callable[[Case], object]] = {
    "deactivate": lambda c: c.of_user(users.set_state, active=False),
    "delete": lambda c: c.of_user(users.delete_user),
    "no": lambda c: c.of_user(requirement.set_required, required=False),
    "reset": lambda c: c.of_user(requirement.reset),
    "role changed": lambda c: c.of_user(users.set_role, role=c.other),
    "role disabled": lambda c: roles.set_state(actor=c.owner, role=c.role, enabled=False, origin=SERVER),
    "application disabled": lambda c: c.of_application(services.set_state, active=False),
    "access narrowed": lambda c: c.of_application(services.set_access, who="roles", roles=[c.other]),
    "needs a key": lambda c: c.of_application(services.set_needs, needs="passkey", minutes=None),
    "guard off": lambda c: c.of_application(services.set_guard, guard=False, assertion=False, upstream=""),
    "log-out": lambda c: c.person.post("/logout/"),
    "owner ends sessions": lambda c: sessions.end_by(c.owner, c.target, origin=SERVER),
    "new password": lambda c: c.of_user(users.set_password, password=NEW, must_change_password=False),
    "idle": lambda c: c.of_session(last_seen_at="2020-01-01T00:00:00Z"),
    "12 hours": lambda c: c.of_session(expire_date="2020-01-01T00:00:00Z"),
}


@pytest.mark.parametrize("domain", [0, 1])
def test_the_very_next_request_is_refused(world, domain):
    """One after the other, since each change is the end of a visit."""
    world.applications = world.applications[domain:] + world.applications[:domain]
    for event, change in CHANGES.items():
        case = Case(world)
        cookie = world.open()
        assert world.ask("/", cookie).status == 200, event
        change(case)
        page, other = world.ask("/", cookie, HTML), world.ask("/", cookie, "Accept: */*")
        assert page.status in (302, 403), (event, page)
        assert other.status in (401, 403), event
        assert b'"headers"' not in page.body + other.body, event


def test_2fa_that_is_required_now_holds_at_the_next_request(world):
    """Of somebody who is at work without it."""
    cookie = world.open()
    assert world.ask("/", cookie).status == 200
    owner, target = User.objects.get(pk=world.owner.pk), User.objects.get(pk=world.user.pk)
    assert requirement.set_required(actor=owner, target=target, required=True, origin=SERVER)
    assert world.ask("/", cookie, HTML).status == 302
    assert world.ask("/", cookie, "Accept: */*").status == 401
