"""The German catalogues as they lie there: what is in the .po, what in the .mo."""

import ast
import gettext
import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounts", "cloudpanel", "twofactor")
LINE = re.compile(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?) (".*")')
PLACE = re.compile(r"%\((\w+)\)[sd]")


@dataclass
class Entry:
    fuzzy: bool = False
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        return self.texts.get("msgctxt", ""), self.texts["msgid"]

    @property
    def english(self) -> list[str]:
        return [self.texts[key] for key in ("msgid", "msgid_plural") if key in self.texts]

    @property
    def german(self) -> list[str]:
        return [text for key, text in self.texts.items() if key.startswith("msgstr")]


def path_of(app: str, kind: str, root: Path = ROOT) -> Path:
    return root / app / "locale" / "de" / "LC_MESSAGES" / f"django.{kind}"


def entries(app: str, root: Path = ROOT) -> list[Entry]:
    """Without the heading, which is the entry of the empty text."""
    found = [_entry(block) for block in path_of(app, "po", root).read_text(encoding="utf-8").split("\n\n")]
    return [entry for entry in found if entry.texts.get("msgid")]


def _entry(block: str) -> Entry:
    entry, key = Entry(), ""
    for line in block.splitlines():
        if line.startswith("#"):
            entry.fuzzy |= line.startswith("#,") and "fuzzy" in line
        elif match := LINE.fullmatch(line):
            key = match[1]
            entry.texts[key] = ast.literal_eval(match[2])
        elif line.startswith('"'):
            entry.texts[key] += ast.literal_eval(line)
    return entry


def compiled(app: str, root: Path = ROOT) -> dict[object, str]:
    """What the .mo says, without its heading."""
    with path_of(app, "mo", root).open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    return {key: text for key, text in catalogue.items() if key}


def to_compile(app: str) -> dict[object, str]:
    """What the .mo should say: plural forms by number, a context before its text."""
    found: dict[object, str] = {}
    for entry in entries(app):
        context, text = entry.key
        name = f"{context}\x04{text}" if context else text
        plural = "msgid_plural" in entry.texts
        found |= {(name, n) if plural else name: german for n, german in enumerate(entry.german)}
    return found
