"""Queries about clients and their logins."""

from cloudpanel.applications.models import Application
from cloudpanel.applications.openid.models import Client, Login

LAST = 10


def stored_client(application: Application) -> Client | None:
    return Client.objects.filter(application=application).first()


def last_ended(client: Client) -> list[Login]:
    """The last logins whose session ended, if the application is told of that, with their users."""
    ended = client.logins.filter(ended_at__isnull=False).exclude(outcome="", due_at__isnull=True)
    return list(ended.select_related("user").order_by("-ended_at")[:LAST])
