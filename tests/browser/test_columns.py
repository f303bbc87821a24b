"""Every row of a table has the cells of its heading, in every width: a screen reader finds the heading by position."""

import pytest
from playwright.sync_api import Page

from tests.browser.crowd import Crowd
from tests.browser.test_layout import WIDTHS

pytestmark = pytest.mark.browser

CELLS = {"columnheader", "rowheader", "cell", "gridcell"}
# By the first class, which names the column.
DRAWN = """
    [...document.querySelectorAll('.rows > table')].map(table => [...table.rows]
      .filter(row => !row.matches('.more') && row.checkVisibility())
      .map(row => [...row.cells].filter(cell => cell.checkVisibility()).map(cell => cell.classList[0])))
"""

UNSEEN_HEADINGS = """
    [...document.querySelectorAll('[data-sort]')]
      .filter(link => getComputedStyle(link.closest('th')).clipPath !== 'none')
      .map(link => `${link.textContent.trim()} is not seen`)
"""


def addresses(crowd: Crowd) -> list[str]:
    user, role = crowd.off.pk, crowd.role.pk
    return [
        "/management/users/",
        "/management/roles/",
        "/management/applications/",
        "/management/logs/",
        f"/management/users/{user}/sessions/",
        f"/management/roles/{role}/users/",
        f"/management/roles/{role}/users/?show=add",
        "/profile/security/",
    ]


def read_aloud(page: Page) -> list[list[int]]:
    """The number of cells of each row, table by table, as Chromium tells it to screen readers."""
    session = page.context.new_cdp_session(page)
    nodes = {node["nodeId"]: node for node in session.send("Accessibility.getFullAXTree")["nodes"]}
    session.send("Accessibility.disable")
    session.detach()
    return [
        [len(_below(nodes, row, CELLS)) for row in _below(nodes, table, {"row"})]
        for table in nodes.values()
        if _role(table) == "table"
    ]


def _role(node: dict) -> str:
    return "" if node["ignored"] else node["role"]["value"]


def _below(nodes: dict[str, dict], node: dict, roles: set[str]) -> list[dict]:
    found = []
    for child in (nodes[each] for each in node["childIds"] if each in nodes):
        found += [child] if _role(child) in roles else _below(nodes, child, roles)
    return found


def unlike_the_heading(page: Page) -> list[str]:
    tables = page.evaluate(DRAWN)
    return page.evaluate(UNSEEN_HEADINGS) + sorted(
        {f"{row} below {rows[0]}" for rows in tables for row in rows[1:] if row != rows[0]}
    )


def uneven(page: Page) -> list[str]:
    counts = read_aloud(page)
    assert all(counts)
    return [f"rows of {sorted(set(cells))} cells" for cells in counts if len(set(cells)) > 1] + ["no table"] * (
        not counts
    )


def test_the_cells_of_every_row_are_those_of_the_heading_in_every_width(live_server, open_window):
    crowd, found = Crowd(), {}
    page = open_window().enter(crowd.owner)
    beside = f"/management/users/{crowd.off.pk}/"
    for address, widths in [*((each, WIDTHS) for each in addresses(crowd)), (beside, (1280, 1920))]:
        page.goto(address)
        for width in reversed(widths):
            page.set_viewport_size({"width": width, "height": 900})
            found[address, width] = unlike_the_heading(page)
        found[address, "read aloud"] = uneven(page)
    assert {where: what for where, what in found.items() if what} == {}
