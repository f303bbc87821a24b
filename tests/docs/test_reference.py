"""docs/settings.md and docs/commands.md name every setting and command of the panel, and none that it lacks."""

import re
from pathlib import Path

from django.core.management import get_commands, load_command_class

from cloudpanel.configuration import names

DOCS = Path(__file__).parents[2] / "docs"
DJANGOS = {"collectstatic", "version"}


def first_cells(text: str) -> list[str]:
    return re.findall(r"^\| (`.*?) \| ", text, re.MULTILINE)


def listed_commands() -> list[list[str]]:
    return [cell.strip("`").split() for cell in first_cells((DOCS / "commands.md").read_text())]


def test_every_setting_has_its_row_and_every_row_its_setting():
    of_the_panel, of_the_environment = (
        re.findall(r"`([A-Z_]+)`", " ".join(first_cells(part)))
        for part in (DOCS / "settings.md").read_text().split("## Environment variables only")
    )
    assert sorted(of_the_panel) == sorted(names.SETTINGS)
    assert {name for name in names.OTHERS if name.startswith(names.PREFIX)} <= set(of_the_environment)


def test_every_command_has_its_row_and_every_row_its_command():
    ours = {command for command, app in get_commands().items() if app in ("accounts", "cloudpanel", "twofactor")}
    assert {words[0] for words in listed_commands()} == ours | DJANGOS


def test_every_action_of_twofactor_has_its_row():
    usage = load_command_class("twofactor", "twofactor").create_parser("manage.py", "twofactor").format_usage()
    actions = set(re.search(r"\{([a-z-]+(?:,[a-z-]+)+)\}", usage)[1].split(","))
    assert {words[1] for words in listed_commands() if words[0] == "twofactor"} == actions
