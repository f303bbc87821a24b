"""All users of the contract as a CSV file, sent while it is generated."""

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.audit.exports import note_export
from accounts.gate.access import Access, Audience, open_to
from accounts.gate.refusals import contract_of
from accounts.gate.request import PanelRequest
from accounts.lists import csvfile
from accounts.models import Event
from accounts.origin import Origin
from accounts.users import exchange


@open_to(Access(Audience.CONTRACT, permission="users.show"))
@require_GET
def users(request: PanelRequest) -> StreamingHttpResponse:
    contract = contract_of(request)
    note_export(Event.USERS_EXPORTED, actor=request.user, contract=contract, origin=Origin.from_request(request))
    name = f"users-{contract.number}-{timezone.now():%Y-%m-%d}.csv"
    return csvfile.download(exchange.pieces(contract), name)
