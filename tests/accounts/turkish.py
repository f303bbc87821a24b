"""Run beside a database under Turkish rules: what somebody called IRINA can do there, as one line of JSON."""

import json

import django

django.setup()

from django.core.exceptions import ValidationError  # noqa: E402
from django.db.models import Model  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402

from accounts import origin  # noqa: E402
from accounts.contracts import services  # noqa: E402
from accounts.models import AuditRow, Contract, Role, User  # noqa: E402
from accounts.reset.queries import mailboxes  # noqa: E402
from cloudpanel.admin_site import site  # noqa: E402
from tests.factories import PASSWORD, make_member  # noqa: E402
from tests.people import Person  # noqa: E402

setup_test_environment()


def create(username: str) -> str:
    account = {"username": username, "name": "Irina", "contract_name": "Alpha", "email": "IRINA@EXAMPLE.com"}
    try:
        services.create_owner(**account, password=PASSWORD, two_factor_required=False, origin=origin.SERVER)
    except ValidationError as refusal:
        return " ".join(refusal.messages)
    return ""


def people_found(person: Person, typed: str) -> bool:
    return [user.username for user in person.client.get("/management/users/", {"q": typed}).context["page"].rows] == [
        "IRI"
    ]


SOUGHT = ((User, "iri"), (User, "IRI"), (Role, "it"), (Contract, "IRINA"), (AuditRow, "irina"))


def found_in_admin(model: type[Model], typed: str) -> bool:
    return site.get_model_admin(model).get_search_results(None, model.objects.all(), typed)[0].exists()


create("IRINA")
irina = Person("irina")
irina.start_login()
contract = User.objects.get(username="IRINA").contracts.get()
make_member(contract, "IRI", name="IRINA", email="IRINA@EXAMPLE.com")
Role.objects.create(contract=contract, name="IT")
role = irina.post("/management/roles/create/", {"name": "it", "description": ""})
found = {
    "logged in": [name for name in ("IRINA", "irina", "Irina") if Person(name).start_login().url == "/"],
    "twin": create("irina"),
    "found": [text for text in ("IRINA", "irina", "IRI", "@EXAMPLE") if people_found(irina, text)],
    "mailed": [len(people) for people in mailboxes("irina@example.com").values()] == [2],
    "same role": " ".join(role.context["form"].errors["name"]),
    "log": len(irina.client.get("/management/logs/", {"q": "127.0", "user": "irina"}).context["lines"][:1]),
    "in admin": [model.__name__ for model, text in SOUGHT if found_in_admin(model, text)],
}
print(json.dumps(found))  # noqa: T201
