"""The headings of the table of users, and the filters that are in force."""

from dataclasses import dataclass

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.lists.paging import CURSOR
from accounts.users.search import Search


@dataclass(frozen=True)
class Column:
    """One heading of the table: the address that sorts by it, and how it sorts now."""

    name: str
    label: str | Promise
    url: str
    direction: str


def columns(asked: Search, query: QueryDict) -> list[Column]:
    """The headings in order. A second press on the same one turns the order round."""

    def sortable(label: str | Promise, key: str) -> Column:
        current = asked.sort.removeprefix("-") == key
        turned = current and not asked.sort.startswith("-")
        changed = query.copy()
        changed.pop(CURSOR, None)
        changed["sort"] = f"-{key}" if turned else key
        direction = ("ascending" if turned else "descending") if current else ""
        return Column(key, label, f"?{changed.urlencode()}", direction)

    return [
        sortable(_("Name"), "name"),
        sortable(_("Username"), "username"),
        sortable(_("Role"), "role"),
        sortable(_("Status"), "state"),
        sortable(_("2FA required"), "required"),
        sortable(_("2FA activated"), "two_factor"),
        sortable(_("Last login"), "last_login"),
    ]
