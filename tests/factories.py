"""People and contracts for tests, made by the same services as in the panel where there is one."""

from itertools import count

from accounts.contracts.services import mark_several
from accounts.models import Contract, Role, User
from cloudpanel.applications.models import Application

PASSWORD = "correct-horse-battery-staple"
_numbers = count(1)


def make_owner(
    username: str = "owner", *, name: str = "Olivia Owner", contract: str = "Alpha Hosting", **fields
) -> User:
    """An owner with one contract, whose own 2FA is off unless a test asks for it."""
    owner = User.objects.create_user(username, PASSWORD, name=name, **{"two_factor_required": False} | fields)
    make_contract(owner, contract)
    return owner


def make_contract(owner: User, name: str = "Alpha Hosting") -> Contract:
    contract = Contract.objects.create(owner=owner, name=name)
    Role.objects.create(contract=contract, name="Administrator", built_in=True)
    mark_several(owner)
    return contract


def make_role(contract: Contract, *permissions: str, name: str = "", **fields) -> Role:
    name = name or f"Role {next(_numbers)}"
    return Role.objects.create(contract=contract, name=name, permissions=sorted(permissions), **fields)


def make_member(contract: Contract, username: str = "lena", *, role: Role | None = None, **fields) -> User:
    """A sub-user, an Administrator unless another role is given; 2FA required and not yet set up."""
    role = role or contract.roles.get(built_in=True)
    fields = {"name": username.title(), "contract": contract, "role": role} | fields
    return User.objects.create_user(username, PASSWORD, **fields)


def make_many(contract: Contract, number: int, prefix: str = "many", **fields) -> list[User]:
    """many0000, many0001, …, by one statement: they can't log in."""
    role = contract.roles.get(built_in=True)
    return User.objects.bulk_create(
        User(username=f"{prefix}{n:04}", name=f"Many {n:04}", password="!", contract=contract, role=role, **fields)
        for n in range(number)
    )


def make_admin(username: str = "root", **fields) -> User:
    return User.objects.create_user(
        username, PASSWORD, **{"name": "Rita Root", "is_staff": True, "is_superuser": True} | fields
    )


def make_application(contract: Contract, origin: str = "https://grafana.example.com", **fields) -> Application:
    """For everybody of the contract, guarded."""
    return Application.objects.create(contract=contract, origin=origin, **{"name": "Grafana", "guard": True} | fields)
