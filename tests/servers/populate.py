"""`python -m tests.servers.populate NAME:STATE …` puts an owner and these sub-users into the database of the
environment, and prints the keys of those that are active as JSON. States: off, pending, active.
"""

import json
import sys

import django

django.setup()

from tests.factories import make_member, make_owner  # noqa: E402
from twofactor.management.commands.demo import activate  # noqa: E402


def main(people: list[str]) -> None:
    contract = make_owner().contracts.get()
    keys = {}
    for person in people:
        username, state = person.split(":")
        member = make_member(contract, username, two_factor_required=state != "off")
        if state == "active":
            keys[username] = activate(member).hex()
    json.dump(keys, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
