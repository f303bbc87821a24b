"""Components: what they take is said in their first line, and nothing else reaches them."""

from pathlib import Path

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.utils import translation

ROOT = Path(__file__).resolve().parents[2]
COMPONENTS = sorted((ROOT / "templates/components").glob("*.html"))


def drawn(source: str, **values: object) -> str:
    return Template(source).render(Context(values))


def test_a_component_gets_its_arguments_and_the_values_of_those_left_out():
    page = drawn('{% component "notice" text=sentence %}', sentence="a < b")
    assert "a &lt; b" in page
    assert 'class="notice info"' in page


def test_a_component_sees_nothing_of_the_page_around_it():
    page = drawn('{% component "fact" label="Name" value="Lena" %}', badge="warn", note="warn")
    assert "Lena" in page
    assert "warn" not in page


@pytest.mark.parametrize(
    "source",
    [
        '{% component "badge" state="ok" %}',
        '{% component "badge" state="ok" text="x" colour="red" %}',
        '{% component "badge" state="ok" text="x" "colour" %}',
        '{% component "badge" "colour" state="ok" text="x" %}',
    ],
    ids=["missing", "unknown", "without a name", "without a name, first"],
)
def test_what_a_component_does_not_take_is_an_error(source):
    with pytest.raises(TemplateSyntaxError, match=r"text|colour"):
        Template(source)


@pytest.mark.parametrize("file", COMPONENTS, ids=lambda file: file.stem)
def test_each_component_names_its_arguments_first(file):
    assert file.read_text().startswith(("{% arguments", "{% fixed_arguments"))


def test_a_fixed_component_has_a_text_for_each_language_and_argument():
    page = Template('{% component "theme_buttons" theme=theme %}')

    def shown(theme: str, language: str) -> str:
        with translation.override(language):
            return page.render(Context({"theme": theme}))

    cases = [(theme, language) for theme in ("light", "dark", "system") for language in ("en", "de")]
    first = [shown(*case) for case in cases]
    assert len(set(first)) == len(cases)
    assert [shown(*case) for case in cases] == first
    for (theme, language), text in zip(cases, first, strict=True):
        assert f'value="{theme}" aria-current="true"' in text
        assert ("Light" if language == "en" else "Hell") in text


@pytest.mark.parametrize(
    "file", [file for file in COMPONENTS if file.read_text().startswith("{% fixed")], ids=lambda file: file.stem
)
def test_no_fixed_component_has_a_form_or_knows_the_request(file):
    text = file.read_text()
    assert "csrf_token" not in text
    assert "request" not in text


@pytest.mark.parametrize("file", sorted((ROOT / "templates").rglob("*.html")), ids=lambda file: file.name)
def test_no_page_includes_a_component_with_its_whole_context(file):
    assert 'include "components/' not in file.read_text()
