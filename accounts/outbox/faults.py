"""Writes error reports to the outbox: one an hour for each place in the code, and a limited number an hour in all."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import MailKind, OutgoingMail
from accounts.outbox import rows

AN_HOUR = 20


def post(address: str, facts: Mapping[str, Any]) -> None:
    """`facts` are the contents of the mail. `place` is the place in the code where the error was raised."""
    recent = OutgoingMail.objects.filter(kind=MailKind.FAULT, created_at__gt=timezone.now() - timedelta(hours=1))
    places = [known["place"] for known in recent.values_list("facts", flat=True)[:AN_HOUR]]
    if not settings.MAIL_ENABLED or len(places) >= AN_HOUR or facts["place"] in places:
        return
    rank = rows.RANKS[MailKind.FAULT]
    with transaction.atomic():
        rows.write(OutgoingMail(kind=MailKind.FAULT, address=address, facts=dict(facts), rank=rank))
