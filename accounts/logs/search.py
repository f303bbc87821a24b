"""What a person asks of the log: a search, filters, a period. Plain values in, conditions on rows out.

A value that the page itself can't have sent is rejected, never guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import BadRequest
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import folding
from accounts.logs import groups, periods, sentences
from accounts.logs.periods import Span
from accounts.models import Event, Outcome

PARAMETERS = ("q", "user", "action", "outcome", "period")
DAYS = ("from", "to")


@dataclass(frozen=True)
class LogQuery:
    """A question to the log; all values are valid."""

    q: str = ""
    user: str = ""
    action: str = ""
    outcome: str = ""
    period: str = periods.DEFAULT

    @property
    def narrowed(self) -> bool:
        """Within its period."""
        return bool(self.q or self.user or self.action or self.outcome)

    @property
    def custom(self) -> bool:
        return self.period == periods.CUSTOM

    def rows(self, span: Span) -> Q:
        """The condition on rows for this question, within the period."""
        found = Q()
        if span.since:
            found &= Q(at__gte=span.since)
        if span.until:
            found &= Q(at__lte=span.until)
        if self.action:
            found &= Q(event__in=groups.named(self.action))
        if self.outcome:
            found &= Q(outcome=self.outcome)
        if self.user:
            found &= _named(self.user)
        return found & _contains(self.q) if self.q else found


def read(values: Mapping[str, str], *, days_given: bool) -> LogQuery:
    """The question in these values of a URL; raises BadRequest (400) for invalid ones."""
    period = values["period"] or (periods.CUSTOM if days_given else periods.DEFAULT)
    known = (
        period in periods.LABELS
        and values["action"] in ("", *Event.values, *groups.CHOICES)
        and values["outcome"] in ("", *Outcome.values)
    )
    if not known:
        raise BadRequest(_("This period or filter doesn't exist."))
    return LogQuery(values["q"], values["user"], values["action"], values["outcome"], period)


def _contains(text: str) -> Q:
    """Part of user, target, address or the action's sentence, ignoring case."""
    found = Q(ip__ascii_lower__contains=folding.ascii_lower(text)) | _says(text)
    for spelling in folding.spellings(text):
        found |= Q(actor_label__ascii_lower__contains=spelling) | Q(target_label__ascii_lower__contains=spelling)
    return found


def _named(text: str) -> Q:
    found = Q()
    for spelling in folding.spellings(text):
        found |= Q(actor_label__ascii_lower=spelling) | Q(target_label__ascii_lower=spelling, target_id__isnull=False)
    return found


def _says(text: str) -> Q:
    """The actions whose sentence, in the language of the page, contains this text."""
    found, sought = Q(pk__in=()), folding.plain(text)
    for outcome in Outcome:
        events = [event for event in Event if sought in folding.plain(str(sentences.action(event, outcome)))]
        if events:
            found |= Q(outcome=outcome, event__in=events)
    return found
