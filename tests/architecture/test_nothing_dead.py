"""Nothing is kept that nobody uses: templates, CSS rules, kinds of log rows; and lines are short enough to be read."""

import re
from functools import cache
from pathlib import Path

import pytest
from django.template import Library, engines

from accounts.models import Event

ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounts", "twofactor", "cloudpanel")
FRAMEWORKS_OWN = ("admin/", "django/")
"""Found by Django under these names, not by ours."""
BY_THE_BROWSER = {"hollow"}
"""Part of a name that Python puts together (`cloudpanel.overview.charts`)."""


@cache
def modules() -> list[str]:
    files = [file for app in APPS for file in (ROOT / app).rglob("*.py") if "migrations" not in file.parts]
    return [file.read_text() for file in files]


def source() -> str:
    return "\n".join(modules())


@cache
def templates() -> dict[str, str]:
    folder = ROOT / "templates"
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*.*")}


def is_used(template: str) -> bool:
    """Named in full, or by its last part where the code puts the name together."""
    folder, stem = Path(template).parent.name, Path(template).stem
    if folder == "errors":
        return re.search(rf"\b{stem}\b", (ROOT / "cloudpanel/web/errors.py").read_text()) is not None
    if folder == "mail" and f'"{stem}"' in source():
        return True
    if folder == "components":
        return any(f'component "{stem}"' in text for text in templates().values())
    return template in source() + "\n".join(templates().values())


@pytest.mark.parametrize("template", sorted(templates()))
def test_f40_each_template_is_drawn_by_somebody(template):
    assert template.startswith(FRAMEWORKS_OWN) or is_used(template)


@cache
def style() -> str:
    files = [file for file in sorted((ROOT / "static/css").glob("*.css")) if file.stem != "admin"]
    return re.sub(r"/\*.*?\*/", "", "\n".join(file.read_text() for file in files), flags=re.DOTALL)


def selectors() -> str:
    return " ".join(re.findall(r"([^{}]+)\{", style()))


def in_scripts() -> str:
    return "\n".join(file.read_text() for file in (ROOT / "static/js").glob("*.js") if ".min." not in file.name)


def test_f40_each_css_class_is_on_some_element():
    classes = set(re.findall(r"\.([a-z][\w-]*)", selectors()))
    words = {word for text in (source(), in_scripts(), *templates().values()) for word in written(text)}
    assert classes - words - BY_THE_BROWSER == set()


def test_each_attribute_in_a_css_selector_is_on_some_element():
    """`aria-invalid` is Django's own, on a field with an error."""
    named = set(re.findall(r"\[([a-z-]+)", selectors()))
    texts = source() + in_scripts() + "".join(templates().values())
    assert {name for name in named - {"aria-invalid"} if not re.search(rf"\b{name}\b", texts)} == set()


def test_each_custom_property_is_used_and_each_used_one_is_set():
    assert set(re.findall(r"(--[\w-]+):", style())) == set(re.findall(r"var\((--[\w-]+)", style()))


def test_every_rule_of_the_panel_is_in_a_layer():
    for file in (ROOT / "static/css").glob("*.css"):
        if file.stem != "admin":
            assert f"@layer {file.stem} {{" in file.read_text(), file.name


@pytest.mark.parametrize(("folder", "longest"), [("templates", 160), ("static/css", 120)])
def test_lines_are_short_enough_to_be_read(folder, longest):
    files = [file for file in (ROOT / folder).rglob("*") if file.suffix in (".html", ".txt", ".css")]
    long = [file.name for file in files for line in file.read_text().splitlines() if len(line) > longest]
    assert long == []


def written(text: str) -> set[str]:
    """Words within quotation marks, and the contents of blocks, which may be classes too."""
    quoted = re.findall(r"\"([^\"\n]*)\"|'([^'\n]*)'|\{% block \w+ %\}([\w -]*)\{%", text)
    return {word for groups in quoted for part in groups for word in re.findall(r"[a-z][\w-]*", part)}


@pytest.mark.parametrize("event", list(Event))
def test_f40_each_kind_of_log_row_is_written_by_somebody(event):
    """Named in a module that calls what writes a row. Others group events and describe them."""
    writers = [
        text for text in modules() if re.search(r"\b(record(_event|_and_notify|_repeated)?|note_export)\(", text)
    ]
    assert any(re.search(rf"\bEvent\.{event.name}\b", text) for text in writers)


LOAD = re.compile(r"{% load ([^%]*?) ?%}")


def unused_loads(text: str) -> list[str]:
    """The libraries that a template loads although it has none of their tags and filters."""
    rest, libraries = LOAD.sub("", text), engines["django"].engine.template_libraries
    loaded = [name for names in LOAD.findall(text) for name in names.split()]
    return [name for name in loaded if not re.search(words_of(libraries[name]), rest)]


def words_of(library: Library) -> str:
    tags, filters = "|".join(library.tags) or "-", "|".join(library.filters) or "-"
    return rf"{{%\s*({tags})\b|\|({filters})\b"


def test_no_template_loads_a_library_that_it_does_not_use():
    found = {name: unused_loads(text) for name, text in templates().items()}
    assert {name: unused for name, unused in found.items() if unused} == {}
    assert unused_loads("{% load i18n tz %}{{ at|utc }}") == ["i18n"]
