"""What a page says to a person: its text and the attributes that are read out or shown."""

import re

from bs4 import BeautifulSoup, Comment, Doctype

SPOKEN = ("alt", "title", "placeholder", "aria-label", "data-label", "data-copied", "data-failed")
# English words that no German page has. `is`, `in`, `was`, `will`, `so`, `Name`, `Status`, `Code`, `Browser`, `Server`
# and `Administrator` are not among them: they are German too, or somebody's name.
ENGLISH = re.compile(
    r"\b("
    r"the|and|you|your|yours|with|of|not|this|these|that|are|to|for|from|has|have|been|by|it|its|at|on|or|but|be|can|"
    r"there|which|who|whom|what|when|where|yes|pending|required|cleared|authenticator app|"
    r"Log in|Log out|Sign in|Signed|Overview|Management|Users|User|Roles|Role|Logs|Profile|Security|Language|Password|"
    r"Username|Email|Contract|Contracts|Owner|More Information|Two-factor|Recovery|Scan the|Step|Activate|Activated|"
    r"Next|Apply|Save|Reset|Unlock|Create|Created|Delete|Assign|Active|Deactivate|Deactivated|Disable|Disabled|"
    r"Permissions|Summary|Confirm|Session|Sessions|Suggest|Invitation|Search|Cancel|Back|Copy|Print|Download|"
    r"Yes|No|None|Never|Newer|Older|Select|Time|Action|Outcome|Address|Description|State|Details|Show|End|Error|"
    r"Change|Choose|Enter|Enter your|Expected|Forgot|January|February|March|May|June|July|October|December"
    r")\b"
)
# What people typed, and the names by which a program knows columns and languages.
NO_WORDS_OF_OURS = ".mono, button[name=language], bdi, .key, .codes, .brand, .contract, input, textarea, script, style"


# Two of the people in the tests are called what they are.
CALLED = re.compile(r"\b(?:Olivia|Otto) Owner\b")


def texts(html: str) -> list[str]:
    page = BeautifulSoup(html, "html.parser")
    for element in page.select(NO_WORDS_OF_OURS):
        element.extract()
    shown = [text for text in page.find_all(string=True) if not isinstance(text, Comment | Doctype)]
    spoken = [str(element[name]) for element in page.find_all(True) for name in SPOKEN if element.has_attr(name)]
    return [text.strip() for text in [*map(str, shown), *spoken] if text.strip()]


def english_in(html: str) -> list[str]:
    """The sentences of a page in which an English word stands."""
    return [text for text in texts(html) if ENGLISH.search(CALLED.sub("", text))]


def language_of(response) -> str:
    return BeautifulSoup(response.content.decode(), "html.parser").html["lang"]
