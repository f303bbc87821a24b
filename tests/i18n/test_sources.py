"""No text reaches a page around the catalogues: neither from a template nor from a module."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.i18n.catalogues import APPS, ROOT

TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.suffix in (".html", ".txt"))
MODULES = sorted(path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts)
# The names of languages and of the time zone are the same in every language.
NOT_WORDS = {"English", "Deutsch", "UTC"}
SHOWN_ATTRIBUTES = "alt|title|placeholder|label|aria-label|data-label|data-copied|data-failed|content"
ATTRIBUTE = re.compile(rf'\s(?:{SHOWN_ATTRIBUTES})="([^"]*)"')
# What a page's frame tells browsers, not people.
FOR_BROWSERS = {"width=device-width, initial-scale=1", "light dark", "noindex"}
TRANSLATED = re.compile(r"{%\s*blocktranslate\b.*?{%\s*endblocktranslate\s*%}", re.DOTALL)
BY_SCRIPTS = re.compile(r"<(style|script)\b.*?</\1>", re.DOTALL)
CLASS_BLOCK = re.compile(r"{%\s*block (?:body_class|main_class|width)\s*%}[\w ]*{%\s*endblock\s*%}")
TAG_OR_VALUE = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
GIVEN = re.compile(r'\b(?:text|label|hint|note|submit|action_text|heading)="([^"]*[A-Za-z][^"]*)"')
DATE = re.compile(r'\|(?:date|time):"([^"]+)"')
# By ISO 8601, for programs and for the exact time of a log row; and the server's clock, the same in every language.
FIXED_DATES = {"c", "Y-m-d H:i:s.u", "H:i:s"}
LETTERS = re.compile(r"[^\W\d_]{2,}")
AT_ONCE = {"gettext", "ngettext", "pgettext", "npgettext"}


def literals(template: str) -> list[str]:
    """What stands in a template outside its translated parts and has letters."""
    for pattern in (TRANSLATED, BY_SCRIPTS, CLASS_BLOCK):
        template = pattern.sub("", template)
    tags, bare = TAG_OR_VALUE.findall(template), TAG_OR_VALUE.sub("", template)
    texts = [*ATTRIBUTE.findall(bare), *re.split(r"<[^>]*>", bare), *GIVEN.findall(" ".join(tags))]
    return [text.strip() for text in texts if set(LETTERS.findall(text)) - NOT_WORDS and text not in FOR_BROWSERS]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_has_no_text_outside_translation(path):
    assert literals(path.read_text()) == []


@pytest.mark.parametrize(
    "template",
    [
        "<p>Hello there</p>",
        '<img alt="A picture">',
        '{% component "notice" text="Something happened" %}',
        "{% translate 'Users' %} of yours",
    ],
)
def test_text_outside_translation_is_found(template):
    assert literals(template)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_names_formats_of_dates(path):
    formats = set(DATE.findall(path.read_text())) - FIXED_DATES
    assert {name for name in formats if not name.endswith("_FORMAT")} == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_trims_what_it_has_translated(path):
    """Line ends and indentation would be part of the text; in a mail's greeting there are none."""
    blocks = re.findall(r"{%\s*blocktranslate\b([^%]*)%}(.*?){%\s*endblocktranslate", path.read_text(), re.DOTALL)
    assert [text for how, text in blocks if "trimmed" not in how and "\n" in text] == []


def calls_at_import(node: ast.AST, at_once: set[str]) -> Iterator[int]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.Call) and isinstance(child.func, ast.Name) and child.func.id in at_once:
            yield child.lineno
        yield from calls_at_import(child, at_once)


def names_of(tree: ast.AST, wanted: set[str] | None = None) -> set[str]:
    """Under which names a module knows Django's translation."""
    imports = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module == "django.utils.translation"]
    return {a.asname or a.name for n in imports for a in n.names if wanted is None or a.name in wanted}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_translates_when_it_is_asked(path: Path):
    """Not when it is imported, where the language is nobody's; and only whole texts, which can be gathered."""
    tree = ast.parse(path.read_text())
    assert list(calls_at_import(tree, names_of(tree, AT_ONCE))) == []
    known_browsers = names_of(tree, AT_ONCE | {"gettext_lazy", "ngettext_lazy", "pgettext_lazy"})
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
    assert [n.lineno for n in calls if n.func.id in known_browsers and not isinstance(n.args[0], ast.Constant)] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_hides_no_text_from_the_gathering(path: Path):
    """What stands within an f-string is not found by xgettext."""
    tree = ast.parse(path.read_text())
    known_browsers = names_of(tree)
    within = [n for f in ast.walk(tree) if isinstance(f, ast.JoinedStr) for n in ast.walk(f)]
    calls = [n for n in within if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
    assert [n.lineno for n in calls if n.func.id in known_browsers] == []
