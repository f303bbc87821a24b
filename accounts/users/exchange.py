"""Users as rows of CSV: what is exported, and which columns a file may contain.

An export can be imported unchanged. Informational columns are ignored in an import.
"""

from collections.abc import Iterator

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import moments
from accounts.lists import csvfile
from accounts.lists.csvfile import CsvError, Table
from accounts.lists.paging import Cursor, Sort
from accounts.models import Contract, User
from accounts.origin import shortened
from accounts.users import methods
from accounts.users.queries import sub_users

COLUMNS = ("username", "name", "email", "description", "role", "two_factor_required", "state")
MOMENT = "two_factor_required_from"
"""After the other columns, so that their positions stay the same."""
CHANGING = (*COLUMNS, MOMENT)
"""The columns that an import may change."""
TOLD = ("two_factor_activated", "last_sign_in", "created")
"""Times that an export contains for information."""
METHODS = "two_factor_methods"
"""For information too; the last column."""
PASSED_OVER = (*TOLD, METHODS)
"""Columns that an import ignores."""
REASON = "reason"
"""Added to each row with errors that is returned. The corrected file can be uploaded with it."""
YES_NO = {"yes": True, "no": False}
STATES = {"active": True, "deactivated": False}
EXAMPLES = (
    ("lena", "Lena Lang", "lena@example.com", "First line", "Administrator", "yes", "active"),
    ("nina.novak", "Nina Novak", "nina@example.com", "", "Administrator", "no", "deactivated"),
)
"""Two example rows for the import template, in the order of `COLUMNS`."""
BY_USERNAME = Sort("username_key")
CHUNK = 1_000


class UnknownColumn(CsvError):
    sentence = _("Unknown column “%(column)s”. The columns are: %(known)s.")


class NoUsernames(CsvError):
    sentence = _("The column “username” is missing. The first line must name the columns: %(known)s.")


class NoRows(CsvError):
    sentence = _("The file names its columns, but contains no users.")


def pieces(contract: Contract) -> Iterator[str]:
    """The file in chunks, with at most `CHUNK` users in memory."""
    yield csvfile.text_of([(*COLUMNS, *TOLD, MOMENT, METHODS)])
    for people in in_chunks(contract):
        yield csvfile.text_of(cells(user) for user in people)


def in_chunks(contract: Contract) -> Iterator[list[User]]:
    members = methods.with_app(sub_users(contract)).select_related("role")
    everybody = members.order_by(*BY_USERNAME.order(turned=False))
    start: Cursor | None = None
    while people := list(everybody.filter(BY_USERNAME.beyond(start) if start else Q())[:CHUNK]):
        yield people
        start = Cursor.at(people[-1], BY_USERNAME, backwards=False)


def cells(user: User) -> tuple[str, ...]:
    told = (user.two_factor_active_since, user.last_login, user.created_at)
    columns = (current(user, column) for column in COLUMNS)
    times = (moments.written(moment) if moment else "" for moment in told)
    return (*columns, *times, current(user, MOMENT), methods.written(user))


def current(user: User, column: str) -> str:
    """The value of this column for this user."""
    match column:
        case "role":
            return user.role.name if user.role else ""
        case "two_factor_required":
            return word(YES_NO, user.two_factor_required)
        case "two_factor_required_from":
            planned = user.two_factor_required_from if user.two_factor_planned else None
            return moments.written(planned) if planned else ""
        case "state":
            return word(STATES, user.is_active)
    return str(getattr(user, column))


def word(words: dict[str, bool], meaning: bool) -> str:
    return next(text for text, means in words.items() if means is meaning)


def read(data: bytes) -> Table:
    """The rows of a file about users; raises CsvError."""
    table = csvfile.read(data)
    known = ", ".join(CHANGING)
    for column in table.header:
        if column not in (*CHANGING, *PASSED_OVER, REASON):
            raise UnknownColumn(column=shortened(column, 50), known=known)
    if "username" not in table.header:
        raise NoUsernames(known=known)
    if not table.rows:
        raise NoRows
    return table
