"""What a test reads from a page with a list of users, roles or applications."""

import re

from tests.people import Person, words

NAME = re.compile(r'scope="row">\s*<a (?:id="[^"]*" )?href="/management/\w+/\d+/[^"]*"><bdi[^>]*>([^<]*)</bdi>')


def names(person: Person, url: str) -> list[str]:
    """The names in the list at this address, from the top down."""
    response = person.get(url)
    assert response.status_code == 200, words(response)
    return NAME.findall(response.content.decode())


def names_for_htmx(person: Person, url: str) -> list[str]:
    """The same, where htmx asks for the list alone and gets nothing else."""
    headers = {"HX-Request": "true", "HX-Target": "div#list"}
    text = person.client.get(url, headers=headers).content.decode()
    assert text.strip().startswith('<div id="list"')
    return NAME.findall(text)
