"""No mail program finds a link in what people call themselves, their users and their contracts. (Notices have tests of
their own.)"""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import moments
from accounts.models import Contract, MailKind, OutgoingMail, User
from accounts.outbox import letters
from accounts.outbox.email import message
from accounts.reset import links
from accounts.reset.links import LinkPurpose
from tests.factories import make_member

pytestmark = pytest.mark.django_db
SITE = "evil.example"
NAME = f"www.{SITE}/pay"


@pytest.fixture(params=[NAME, ""], ids=["named", "by-username"])
def lena(request, owner, contract) -> User:
    """Everybody has such a name, or none and such a username."""
    Contract.objects.filter(pk=contract.pk).update(name=NAME)
    for kind in ("owner", "member"):
        user = owner if kind == "owner" else make_member(contract, email="lena@example.com", is_active=True)
        user.username, user.name = f"{kind}.{SITE}", request.param
        user.save()
    user.pending_email = "new@example.org"
    user.save()
    return User.objects.select_related("contract__owner", "role").get(pk=user.pk)


def facts_of(kind: MailKind, lena: User, owner: User) -> tuple[str, dict]:
    """The binding and the facts of a mail of this kind."""
    if kind == MailKind.RESET:
        return "", {"accounts": [[lena.pk, links.binding(LinkPurpose.RESET, lena)]]}
    if kind == MailKind.HELP:
        until = moments.written(timezone.now() + timedelta(hours=1))
        return str(lena.stamp), {"until": until, "known": False}
    purpose = LinkPurpose.INVITATION if kind == MailKind.INVITATION else LinkPurpose.EMAIL
    return links.binding(purpose, lena, owner), {}


@pytest.mark.parametrize("kind", [MailKind.RESET, MailKind.INVITATION, MailKind.NEW_EMAIL, MailKind.HELP])
def test_s18_no_mail_holds_a_name_that_could_be_a_link(lena, kind):
    owner = lena.contract.owner
    binding, facts = facts_of(kind, lena, owner)
    row = OutgoingMail(kind=kind, about_id=lena.pk, reader_id=owner.pk, actor_id=owner.pk, binding=binding, facts=facts)
    row.address = "stranger@example.org"
    email = letters.email_of(row)
    assert email
    mail = message(email)
    for text in (mail.subject, mail.body, mail.alternatives[0][0]):
        assert SITE not in text
