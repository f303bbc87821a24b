"""A row of the log as the page and the file show it. Text from outside is shown without hidden characters."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.lists import csvfile
from accounts.logs import sentences
from accounts.logs.sentences import LogDetail
from accounts.models import AuditRow, Outcome
from accounts.origin import SERVER
from accounts.sessions import browsers
from accounts.visible import visible

HEADER = (
    gettext_lazy("time"),
    gettext_lazy("user"),
    gettext_lazy("action"),
    gettext_lazy("detail"),
    gettext_lazy("target"),
    gettext_lazy("outcome"),
    gettext_lazy("address"),
    gettext_lazy("browser"),
)
BADGES = {Outcome.OK: "ok", Outcome.FAILED: "pending", Outcome.REFUSED: "warn"}


@dataclass(frozen=True)
class LogLine:
    row: AuditRow
    linked: frozenset[int] = frozenset()
    """Ids of people who have a page."""

    @property
    def at(self) -> datetime:
        return self.row.at.astimezone(UTC)

    @property
    def user(self) -> str:
        if not self.row.actor_label and self.row.user_agent == SERVER.agent:
            return _("Server")
        return visible(self.row.actor_label)

    @property
    def user_id(self) -> int | None:
        return self.row.actor_id if self.row.actor_id in self.linked else None

    @property
    def on_whom(self) -> str:
        return visible(self.row.target_label)

    @property
    def on_whom_id(self) -> int | None:
        return self.row.target_id if self.row.target_id in self.linked else None

    @property
    def action(self) -> str:
        return visible(sentences.action(self.row.event, self.row.outcome))

    @property
    def facts(self) -> list[LogDetail]:
        return sentences.facts(self.row.event, self.row.detail)

    @property
    def summary(self) -> str:
        return sentences.summary(self.facts)

    @property
    def sentence(self) -> str:
        """What was done, with its detail, in one line."""
        return " · ".join(filter(None, (self.action, self.summary)))

    @property
    def origin(self) -> str:
        """Address and browser, in one line."""
        return " · ".join(filter(None, (self.address, self.browser))) or "–"

    @property
    def outcome(self) -> str:
        return self.row.get_outcome_display()

    @property
    def badge(self) -> str:
        return next((badge for outcome, badge in BADGES.items() if outcome == self.row.outcome), "off")

    @property
    def address(self) -> str:
        return visible(self.row.ip)

    @property
    def browser(self) -> str:
        """A short name of the browser; the full one is `agent`."""
        if self.row.user_agent == SERVER.agent:
            return _("server command")
        return browsers.in_words(self.agent) if self.row.user_agent else ""

    @property
    def agent(self) -> str:
        return visible(self.row.user_agent)

    def cells(self, zone: tzinfo = UTC) -> tuple[str, ...]:
        """In the order of `HEADER`. The time is ISO 8601 in this zone, with its offset from UTC."""
        at = self.row.at.astimezone(zone).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return (at, self.user, self.action, self.summary, self.on_whom, self.outcome, self.address, self.agent)


def header() -> str:
    return csvfile.text_of([[str(name) for name in HEADER]])


def as_csv(rows: Iterable[AuditRow], zone: tzinfo = UTC) -> str:
    return csvfile.text_of(LogLine(row).cells(zone) for row in rows)
