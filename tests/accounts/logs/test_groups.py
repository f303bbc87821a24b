"""The groups of the filter."""

from collections import Counter

from accounts.logs import groups
from accounts.models import Event


def test_every_event_is_in_exactly_one_group_and_every_group_has_events():
    found = Counter(event for group in groups.LABELS for event in groups.events_of(group))
    assert found == dict.fromkeys(Event.values, 1)
    assert all(groups.events_of(group) for group in groups.LABELS)


def test_no_group_is_called_like_an_event():
    assert not {groups.choice(group) for group in groups.LABELS} & set(Event.values)
