"""Changes of an application as an OpenID Connect client: one function per change."""

import secrets
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.audit.record import record_event
from accounts.models import Event, User
from accounts.origin import Origin
from cloudpanel.applications.models import Application
from cloudpanel.applications.openid import addresses, consoles, queries
from cloudpanel.applications.openid.digests import digest, new_secret
from cloudpanel.applications.openid.models import Authentication, Client, Grant
from cloudpanel.applications.openid.tokens import revoke_grants
from cloudpanel.applications.services import ApplicationMoved, as_seen

FIELDS = (
    "redirect_uris",
    "post_logout_redirect_uris",
    "backchannel_logout_uri",
    "client_authentication",
    "pkce_required",
)


def client_of(application: Application) -> Client:
    """The stored client, or a new one with initial values that is not saved."""
    found = queries.stored_client(application)
    return found or consoles.new_client(application)


def set_client(*, actor: User, application: Application, values: Mapping[str, Any], origin: Origin) -> str | bool:
    """The first secret if one was created, else whether anything changed. Raises ApplicationMoved.

    Switching off revokes all grants, so that none becomes valid again when it is switched on.
    """
    with transaction.atomic():
        _lock(actor, application)
        client, secret, on = client_of(application), "", bool(values["openid"])
        if not _differs(client, values) and application.openid is on and client.pk:
            return False
        detail = _changes(application, client, values)
        for name in FIELDS:
            setattr(client, name, values[name])
        if on and not client.secret and client.client_authentication != Authentication.NONE:
            secret = _renew(client)
        loses_secrets = client.client_authentication == Authentication.NONE and bool(client.secret)
        if loses_secrets:
            client.secret = client.old_secret = ""
        client.save()
        _switch(application, client, on=on)
        record_event(Event.APPLICATION_CHANGED, origin=origin, actor=actor, target=application, detail=detail)
        if secret or loses_secrets:
            _note_secret(actor, application, origin, "created" if secret else "all removed")
        application.openid = on
    return secret or True


def make_secret(*, actor: User, application: Application, origin: Origin) -> str:
    """Creates a new secret. Of the earlier ones only the last works, until it is removed. Raises ApplicationMoved."""
    with transaction.atomic():
        _lock(actor, application)
        client = queries.stored_client(application)
        if client is None or client.client_authentication == Authentication.NONE:
            raise ApplicationMoved
        if client.old_secret:
            _note_secret(actor, application, origin, "removed")
        secret = _renew(client)
        client.save(update_fields=["secret", "old_secret", "secret_made_at"])
        _note_secret(actor, application, origin, "created")
    return secret


def remove_old_secret(*, actor: User, application: Application, origin: Origin) -> bool:
    """False if there is none."""
    with transaction.atomic():
        _lock(actor, application)
        removed = Client.objects.filter(application=application).exclude(old_secret="").update(old_secret="")
        if removed:
            _note_secret(actor, application, origin, "removed")
    return bool(removed)


def _lock(actor: User, application: Application) -> None:
    """Locks the row, if the actor still has the permission; a second caller waits."""
    if not as_seen(actor, application).filter(openid=application.openid).exists():
        raise ApplicationMoved


def _differs(client: Client, values: Mapping[str, Any]) -> bool:
    return any(getattr(client, name) != values[name] for name in FIELDS)


def _changes(application: Application, client: Client, values: Mapping[str, Any]) -> dict[str, Any]:
    """What the log stores: the switch, and the new value of each changed field."""
    on = bool(values["openid"])
    switch = {"old": _word(application.openid), "new": _word(on)} if application.openid is not on else {}
    changed = {name: values[name] for name in FIELDS if client.pk is None or getattr(client, name) != values[name]}
    said = {name: addresses.lines(value) if name.endswith("_uris") else value for name, value in changed.items()}
    return {"field": "openid", **switch, **{name: "–" if value in ("", []) else value for name, value in said.items()}}


def _renew(client: Client) -> str:
    secret = new_secret()
    client.old_secret, client.secret, client.secret_made_at = client.secret, digest(secret), timezone.now()
    return secret


def _switch(application: Application, client: Client, *, on: bool) -> None:
    changes: dict[str, Any] = {"openid": on}
    if not application.client_id:
        changes["client_id"] = application.client_id = secrets.token_urlsafe(16)
    Application.objects.filter(pk=application.pk).update(**changes)
    if not on:
        revoke_grants(Grant.objects.filter(client=client))


def _note_secret(actor: User, application: Application, origin: Origin, what: str) -> None:
    detail = {"secret": what}
    record_event(Event.APPLICATION_SECRET, origin=origin, actor=actor, target=application, detail=detail)


def _word(on: bool) -> str:
    return "yes" if on else "no"
