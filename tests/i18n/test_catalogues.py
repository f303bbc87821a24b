"""Every sentence has its German one, and what is committed is what the sources and the catalogues say."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.i18n.catalogues import APPS, PLACE, ROOT, compiled, entries, path_of, to_compile

TOOLS = ("make", "xgettext", "msgmerge", "msgfmt")
SOURCES = (*APPS, "templates", "manage.py", "pyproject.toml", "Makefile")
each_app = pytest.mark.parametrize("app", APPS)


@each_app
def test_nothing_is_untranslated_or_guessed(app):
    assert [entry.key for entry in entries(app) if entry.fuzzy or not all(entry.german)] == []


@each_app
def test_a_translation_has_the_places_of_its_original(app):
    """A plural may leave out the number in its singular, as English may."""
    wrong = []
    for entry in entries(app):
        wanted = set(PLACE.findall(entry.english[-1]))
        wrong += [text for text in entry.german if set(PLACE.findall(text)) != wanted]
    assert wrong == []


@each_app
def test_a_translation_keeps_tags_line_ends_and_surrounding_blanks(app):
    for entry in entries(app):
        for english, german in zip(entry.english, entry.german, strict=True):
            assert german.count("<") == english.count("<"), german
            assert german.count("\n") == english.count("\n"), german
            assert german.strip() == german, german


@each_app
def test_people_are_addressed_as_sie(app):
    informal = {"du", "dein", "deine", "deinen", "deiner", "dich", "dir"}
    assert [text for entry in entries(app) for text in entry.german if informal & set(text.lower().split())] == []


@each_app
def test_people_log_in_bei_something(app):
    """German has one preposition for it: "bei einer Anwendung", never "an einer Anwendung"."""
    said = [text for entry in entries(app) for text in entry.german]
    assert [text for text in said if re.search(r"\b[Aa]n [^.,:]{0,40}\b(ange|an)meld(en|et)\b", text)] == []


@each_app
def test_a_password_is_festgelegt_and_not_gesetzt(app):
    said = [text for entry in entries(app) for text in entry.german if "Passwort" in text]
    assert [text for text in said if re.search(r"\b(gesetzt|neu setzen)\b", text)] == []


def test_the_same_text_says_the_same_in_every_app():
    said: dict[tuple[str, str], list[str]] = {}
    for app in APPS:
        for entry in entries(app):
            assert said.setdefault(entry.key, entry.german) == entry.german


@each_app
def test_the_compiled_catalogue_is_fresh(app):
    assert compiled(app) == to_compile(app)


@pytest.fixture(scope="module")
def made_anew(tmp_path_factory):
    """`make messages` in a copy of the sources."""
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        pytest.skip(f"no gettext: {', '.join(missing)} is not installed")
    folder = tmp_path_factory.mktemp("messages")
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(sys.prefix)
    env = {key: value for key, value in os.environ.items() if key not in ("DJANGO_SETTINGS_MODULE", "MAKEFLAGS")}
    command = ["make", "-o", "setup", "messages"]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@each_app
def test_gathering_the_texts_anew_changes_nothing(app, made_anew):
    assert path_of(app, "po", made_anew).read_text() == path_of(app, "po").read_text(), "run: make messages"
    assert compiled(app, made_anew) == compiled(app)
