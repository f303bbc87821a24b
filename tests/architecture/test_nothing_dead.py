"""Nothing is kept that nobody uses: templates, CSS classes, kinds of log rows."""

import re
from functools import cache
from pathlib import Path

import pytest

from accounts.models import Event

ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounts", "twofactor", "cloudpanel")
FRAMEWORKS_OWN = ("admin/", "django/")
"""Found by Django under these names, not by ours."""
BY_THE_BROWSER = {"hollow"}
"""Part of a name that Python puts together (`cloudpanel.overview.charts`)."""


@cache
def source() -> str:
    files = [file for app in APPS for file in (ROOT / app).rglob("*.py") if "migrations" not in file.parts]
    return "\n".join(file.read_text() for file in files)


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
    return template in source() + "\n".join(templates().values())


@pytest.mark.parametrize("template", sorted(templates()))
def test_f40_each_template_is_drawn_by_somebody(template):
    assert template.startswith(FRAMEWORKS_OWN) or is_used(template)


def test_f40_each_css_class_is_on_some_element():
    style = re.sub(r"/\*.*?\*/", "", (ROOT / "static/css/panel.css").read_text(), flags=re.DOTALL)
    classes = {name for rule in re.findall(r"([^{}]+)\{", style) for name in re.findall(r"\.([a-z][\w-]*)", rule)}
    script = (ROOT / "static/js/panel.js").read_text()
    words = {word for text in (source(), script, *templates().values()) for word in written(text)}
    assert classes - words - BY_THE_BROWSER == set()


def written(text: str) -> set[str]:
    """Words within quotation marks, and the contents of blocks, which may be classes too."""
    quoted = re.findall(r"\"([^\"\n]*)\"|'([^'\n]*)'|\{% block \w+ %\}([\w -]*)\{%", text)
    return {word for groups in quoted for part in groups for word in re.findall(r"[a-z][\w-]*", part)}


@pytest.mark.parametrize("event", list(Event))
def test_f40_each_kind_of_log_row_is_written_by_somebody(event):
    assert f"Event.{event.name}" in source()
