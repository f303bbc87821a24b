"""What accounts knows of the packages above without importing them: names of relations and of pages.

The table in architecture.md lists them.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.urls import URLResolver, get_resolver

from accounts.models import Contract, Event, Session, User

ROOT = Path(__file__).resolve().parents[2]
REVERSING = {"reverse", "reverse_lazy", "redirect", "_page"}
"""Functions whose first argument is the name of a page."""
OTHER_MEANINGS = {
    ("accounts/logs/groups.py", "applications"),
    ("accounts/logs/words.py", "application"),
    ("accounts/logs/words.py", "confirm"),
    ("accounts/logs/words.py", "login"),
    ("accounts/models/mail.py", "login"),
    ("accounts/notices/texts.py", "confirm"),
    ("accounts/permissions.py", "applications"),
}
"""The same words, but for other things."""


def table() -> set[tuple[str, str]]:
    section = (ROOT / "docs/architecture.md").read_text().split("| name from above |")[1].split("\n\n")[0]
    rows = [row.split("|") for row in section.splitlines() if row.startswith("| `")]
    return {(file, name) for row in rows for name in ticked(row[1]) for file in ticked(row[2])}


def ticked(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def relations() -> set[str]:
    fields = [field for model in (Contract, Session, User) for field in model._meta.get_fields()]
    theirs = [f for f in fields if f.auto_created and f.is_relation and _is_above(f.related_model.__module__)]
    return {field.name for field in theirs}


def pages(resolver: URLResolver | None = None) -> Iterator[str]:
    for found in (resolver or get_resolver()).url_patterns:
        if isinstance(found, URLResolver):
            yield from pages(found) if found.namespace is None else ()
        elif found.name and _is_above(getattr(found.callback, "view_class", found.callback).__module__):
            yield found.name


def _is_above(module: str) -> bool:
    return module.split(".")[0] in ("twofactor", "cloudpanel")


def known(tree: ast.Module, above: set[str], others: set[str]) -> Iterator[str]:
    """The names of relations that a module uses, and of pages, where the text is no word of the panel's too."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name) | ast.keyword(arg=str(name)) if name.split("__")[0] in above:
                yield name.split("__")[0]
            case ast.Call(args=[ast.Constant(value=str(name)), *_]) if _name_of(node.func) in REVERSING:
                yield from {name} & others or ({name} if name.startswith("admin:twofactor_") else ())
            case ast.Constant(value=str(name)) if name in others - _words():
                yield name


def _name_of(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _words() -> set[str]:
    return {*Event.values, *(field.name for field in User._meta.fields)}


def test_accounts_knows_these_names_of_the_packages_above_and_no_others():
    above, others = relations(), set(pages())
    assert {"authenticator", "recovery_codes"} <= above
    assert {"login", "overview"} <= others
    files = [file for file in (ROOT / "accounts").rglob("*.py") if "migrations" not in file.parts]
    found = {
        (file.relative_to(ROOT).as_posix(), name)
        for file in files
        for name in known(ast.parse(file.read_text()), above, others)
    }
    assert found - OTHER_MEANINGS == table()
    assert found >= OTHER_MEANINGS
