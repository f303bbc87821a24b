"""Run beside a database: many requests over six connections at once; prints how many had which status."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import django

django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402

from tests.factories import make_member, make_owner  # noqa: E402
from tests.people import Person  # noqa: E402

PAGES = ("/", "/management/users/", "/management/roles/", "/management/logs/", "/profile/", "/profile/security/")

setup_test_environment()


def look_round(cookies: dict[str, str]) -> list[int]:
    client = Client(raise_request_exception=False)
    client.cookies.load(cookies)
    found = [client.get(page).status_code for _ in range(8) for page in PAGES]
    connection.close()
    return found


owner = make_owner()
make_member(owner.contracts.get())
olivia = Person(owner)
olivia.start_login()
cookies = {name: morsel.value for name, morsel in olivia.client.cookies.items()}
with ThreadPoolExecutor(6) as threads:
    statuses = [status for found in threads.map(look_round, [cookies] * 6) for status in found]
print(json.dumps(Counter(statuses)))  # noqa: T201
