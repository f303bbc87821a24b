"""A file changes many accounts in one transaction, in whatever order its rows stand."""

import csv
from io import StringIO

from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Role, User
from accounts.origin import Origin
from accounts.roles import services as roles
from tests.factories import make_member, make_owner, make_role
from tests.people import Person

IMPORT = "/management/users/import/"
ROUNDS = 5


def sealed_preview(owner: Person, people: list[User], name: str, role: Role) -> str:
    file = StringIO()
    rows = csv.writer(file)
    rows.writerow(["username", "name", "role"])
    rows.writerows([each.username, f"{name} {each.username}", role.name] for each in people)
    shown = owner.post(IMPORT, {"file": SimpleUploadedFile("users.csv", file.getvalue().encode(), "text/csv")})
    return BeautifulSoup(shown.content, "html.parser").select_one("[name=sealed]")["value"]


def apply(owner: Person, sealed: str) -> int:
    return owner.post(IMPORT, {"sealed": sealed, "confirm": "yes"}).status_code


def test_two_files_in_opposite_order_and_users_added_to_a_role_do_not_block_each_other(at_once):
    """Each locks the role, then the accounts by their ids: nobody waits for somebody who waits for them."""
    olivia = make_owner()
    contract = olivia.contracts.get()
    people = [make_member(contract, f"user{number}") for number in range(12)]
    owners = [Person(olivia) for _ in range(2)]
    for owner in owners:
        owner.log_in()

    for number in range(ROUNDS):
        role = make_role(contract, "users.show", name=f"Role {number}")
        files = [sealed_preview(owners[0], people, f"A{number}", role)]
        files.append(sealed_preview(owners[1], people[::-1], f"B{number}", role))
        work = [lambda pair=pair: apply(*pair) for pair in zip(owners, files, strict=True)]
        add = {"actor": olivia, "role": role, "targets": people, "origin": Origin("192.0.2.1")}
        answers = at_once(lambda act: act(), [*work, lambda add=add: roles.put_users(**add)])
        assert set(answers[:2]) <= {200, 302}
        assert User.objects.filter(role=role).count() == len(people)
