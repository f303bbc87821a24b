"""Users as plain rows of CSV: how they leave the panel, and which columns a file may bring back.

What goes out comes in again unchanged. Columns that only tell something are passed over on the way in.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.lists import csvfile
from accounts.lists.csvfile import CsvError, Table
from accounts.lists.paging import Cursor, Sort
from accounts.models import Contract, User
from accounts.origin import shortened
from accounts.users.queries import sub_users

COLUMNS = ("username", "name", "email", "description", "role", "two_factor_required", "state")
MOMENT = "two_factor_required_from"
"""Stands last, so that the others keep their places."""
CHANGING = (*COLUMNS, MOMENT)
TOLD = ("two_factor_activated", "last_sign_in", "created")
REASON = "reason"
"""Beside each row that comes back refused; the file may be sent again as it is, once it is put right."""
YES_NO = {"yes": True, "no": False}
STATES = {"active": True, "deactivated": False}
BY_USERNAME = Sort("username_key")
CHUNK = 1_000


class UnknownColumn(CsvError):
    sentence = _("Unknown column “%(column)s”. The columns are: %(known)s.")


class NoUsernames(CsvError):
    sentence = _("The column “username” is missing. The first line must name the columns: %(known)s.")


class NoRows(CsvError):
    sentence = _("The file names its columns, but contains no users.")


def pieces(contract: Contract) -> Iterator[str]:
    """The file, chunk by chunk, never more than `CHUNK` users in memory."""
    yield csvfile.text_of([(*COLUMNS, *TOLD, MOMENT)])
    for people in in_chunks(contract):
        yield csvfile.text_of(cells(user) for user in people)


def in_chunks(contract: Contract) -> Iterator[list[User]]:
    everybody = sub_users(contract).select_related("role").order_by(*BY_USERNAME.order(turned=False))
    start: Cursor | None = None
    while people := list(everybody.filter(BY_USERNAME.beyond(start) if start else Q())[:CHUNK]):
        yield people
        start = Cursor.at(people[-1], BY_USERNAME, backwards=False)


def cells(user: User) -> tuple[str, ...]:
    told = (user.two_factor_active_since, user.last_login, user.created_at)
    return (*(current(user, column) for column in COLUMNS), *map(_moment, told), current(user, MOMENT))


def current(user: User, column: str) -> str:
    """What stands in this column for this user now."""
    match column:
        case "role":
            return user.role.name if user.role else ""
        case "two_factor_required":
            return word(YES_NO, user.two_factor_required)
        case "two_factor_required_from":
            return _moment(user.two_factor_required_from) if user.two_factor_planned else ""
        case "state":
            return word(STATES, user.is_active)
    return str(getattr(user, column))


def word(words: dict[str, bool], meaning: bool) -> str:
    return next(text for text, means in words.items() if means is meaning)


def _moment(when: datetime | None) -> str:
    """By ISO 8601, with its zone."""
    return when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if when else ""


def read(data: bytes) -> Table:
    """The rows of a file about users; raises CsvError."""
    table = csvfile.read(data)
    known = ", ".join(CHANGING)
    for column in table.header:
        if column not in (*CHANGING, *TOLD, REASON):
            raise UnknownColumn(column=shortened(column, 50), known=known)
    if "username" not in table.header:
        raise NoUsernames(known=known)
    if not table.rows:
        raise NoRows
    return table
