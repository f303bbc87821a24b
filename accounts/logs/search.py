"""What a person asks of the log: words, filters, a period. Plain values in, conditions on rows out.

The rule: a value that the page itself could not have sent is refused, never guessed at.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import BadRequest
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.logs import periods, sentences
from accounts.logs.periods import Span
from accounts.models import Event, Outcome

PARAMETERS = ("q", "user", "action", "outcome", "period")
DAYS = ("from", "to")


@dataclass(frozen=True)
class Asked:
    """One question to the log; every value is known to be good."""

    q: str = ""
    user: str = ""
    action: str = ""
    outcome: str = ""
    period: str = periods.DEFAULT

    @property
    def custom(self) -> bool:
        return self.period == periods.CUSTOM

    @property
    def narrowed(self) -> bool:
        return bool(self.q or self.user or self.action or self.outcome)

    def rows(self, span: Span) -> Q:
        """The condition on rows that answers this question within the span."""
        found = Q()
        if span.since:
            found &= Q(at__gte=span.since)
        if span.until:
            found &= Q(at__lte=span.until)
        if self.action:
            found &= Q(event=self.action)
        if self.outcome:
            found &= Q(outcome=self.outcome)
        if self.user:
            found &= Q(actor_label__iexact=self.user) | Q(target_label__iexact=self.user, target_id__isnull=False)
        return found & _contains(self.q) if self.q else found


def read(values: Mapping[str, str], *, days_given: bool) -> Asked:
    """The question in these values of an address; raises BadRequest (400) for what nobody can mean."""
    period = values["period"] or (periods.CUSTOM if days_given else periods.DEFAULT)
    known = (
        period in periods.LABELS
        and values["action"] in ("", *Event.values)
        and values["outcome"] in ("", *Outcome.values)
    )
    if not known:
        raise BadRequest(_("The logs have no such period or filter."))
    return Asked(values["q"], values["user"], values["action"], values["outcome"], period)


def _contains(text: str) -> Q:
    """Part of user, on whom, address or of the action's sentence, in whatever case.

    SQLite folds case for ASCII letters only; for others the usual spellings of the word are looked for as well.
    """
    found = Q(ip__icontains=text) | _says(text)
    for spelling in {text} if text.isascii() else {text, text.lower(), text.upper(), text.title()}:
        found |= Q(actor_label__icontains=spelling) | Q(target_label__icontains=spelling)
    return found


def _says(text: str) -> Q:
    """The actions whose sentence, in the language of the page, contains this text."""
    found = Q(pk__in=())
    for outcome in Outcome:
        events = [event for event in Event if text.lower() in sentences.action(event, outcome).lower()]
        if events:
            found |= Q(outcome=outcome, event__in=events)
    return found
