"""After a whole life of logins the database and the log hold nothing that opens anything."""

import logging
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator

import pytest
from django.db import connection

from accounts.models import Session
from accounts.models.session_store import SessionStore
from cloudpanel.applications.openid import backchannel, endings, keys
from cloudpanel.applications.openid.models import Client, Token
from cloudpanel.operation import logs
from tests.applications.openid.conftest import AFTER_LOGOUT, VERIFIER, Console, make_client
from tests.applications.openid.test_pages import FORM, page_of, shown_secret

pytestmark = pytest.mark.django_db
OFFLINE = {"scope": "openid profile email offline_access"}


class Everything(logging.Handler):
    """Each record as the panel writes it, in both formats, with its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []
        self.addFilter(logs.RouteNotAddress())

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += [formatter.format(record) for formatter in (logs.JsonLines(), logs.TextLines())]


@pytest.fixture
def log() -> Iterator[list[str]]:
    """Every logger, also those that pass nothing on; DEBUG is for developers and never switched on by a setting."""
    handler = Everything()
    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in list(logging.root.manager.loggerDict))]
    before = [(logger, logger.level) for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    yield handler.lines
    for logger, level in before:
        logger.removeHandler(handler)
        logger.setLevel(level)


def dump() -> str:
    """All rows of all tables, sessions also as they are read."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found += [repr([_plain(value) for value in row]) for row in cursor.fetchall()]
    found += [repr(SessionStore().decode(data)) for data in Session.objects.values_list("session_data", flat=True)]
    return "\n".join(found)


def _plain(value: object) -> object:
    raw = bytes(value) if isinstance(value, bytes | bytearray | memoryview) else None
    return (raw, raw.hex()) if raw is not None else value


def forms(secret: str) -> set[str]:
    """In clear, in hex, and in base64 wherever it begins within a group of three bytes."""
    raw = secret.encode()
    found = {secret, raw.hex(), raw.hex().upper()}
    for shift in range(3):
        whole = len(raw) - (len(raw) + shift) % 3
        for encode in (b64encode, urlsafe_b64encode):
            text = encode(b"\0" * shift + raw[:whole]).decode().rstrip("=")
            found.add(text[4:] if shift else text)
    return found


def where(secrets: dict[str, str], text: str) -> list[str]:
    return [name for name, secret in secrets.items() if any(form in text for form in forms(secret))]


def test_the_search_finds_what_it_looks_for(lena):
    """In each of the forms, and in a column of the database."""
    secret = "a-secret-of-some-length-0123456789"
    for text in (secret, secret.encode().hex(), b64encode(b"xy" + secret.encode() + b"z").decode()):
        assert where({"it": secret}, f"before {text} after") == ["it"]
    assert where({"it": secret}, "nothing") == []
    lena.user.description = secret
    lena.user.save(update_fields=["description"])
    assert where({"it": secret}, dump()) == ["it"]


def lives(console: Console, person, secrets: dict[str, str]) -> None:
    """Logs in twice, uses what it was given in every right and wrong way, and notes each secret."""
    for number in range(2):
        code = console.code(person, **OFFLINE)
        tokens = console.redeem(code).json()
        again = console.refresh(tokens["refresh_token"]).json()
        secrets |= {f"code {number}": code}
        for name in ("access_token", "refresh_token", "id_token"):
            secrets |= {f"{name} {number}": tokens[name], f"second {name} {number}": again[name]}
        assert console.userinfo(again["access_token"]).status_code == 200
        assert console.introspect(again["refresh_token"])["active"]
        assert console.userinfo(tokens["access_token"] + "x").status_code == 401
        assert console.http.get("/openid/userinfo/", {"access_token": tokens["access_token"]}).status_code == 401
    assert console.redeem(code).status_code == 400, "used before"
    assert console.post("/openid/revoke/", {"token": secrets["second refresh_token 0"]}).status_code == 200
    wrong = Console(console.client, "a-wrong-secret-that-nobody-should-read")
    assert wrong.redeem(secrets["code 0"]).status_code == 401
    secrets |= {"wrong secret": wrong.secret, "verifier": VERIFIER}


def test_nothing_that_opens_anything_is_in_the_database_or_the_log(
    contract,
    olivia,
    lena,
    receiver,
    log,
    settings,
    django_capture_on_commit_callbacks,
):
    settings.ACCESS_LOG = True
    secrets: dict[str, str] = {}
    with django_capture_on_commit_callbacks(execute=True):
        application = make_client(contract).application
        Client.objects.update(secret="")
        addresses = {"post_logout_redirect_uris": AFTER_LOGOUT, "backchannel_logout_uri": receiver.url}
        olivia.post(page_of(application), FORM | addresses)
        for name in ("secret", "new secret"):
            waiting = dump()
            secrets[name] = shown_secret(olivia.get(page_of(application)))
            assert where({name: secrets[name]}, waiting) == [], "while it waits to be shown"
            olivia.post(page_of(application) + "secret/")
        console = Console(Client.objects.get(), secrets["new secret"])
        lives(console, lena, secrets)
        hint = {"id_token_hint": secrets["second id_token 1"], "post_logout_redirect_uri": AFTER_LOGOUT, "state": "x"}
        assert lena.client.get("/openid/end-session/", hint)["Location"].startswith(AFTER_LOGOUT)
        endings.end_what_is_over()
        backchannel.tell()
    [(_path, _host, form)] = receiver.seen
    secrets["logout token"] = form["logout_token"][0]
    private = keys.current().as_dict(private=True)
    secrets |= {f"private key {part}": private[part] for part in ("d", "p", "q")}
    assert Token.objects.count() > 5
    for endpoint in ("authorize", "token", "userinfo", "introspect", "revoke", "end-session"):
        assert any('"access"' in line and f"openid/{endpoint}/" in line for line in log), endpoint
    assert any('"event": "application_login"' in line for line in log)
    assert where(secrets, dump()) == []
    assert where(secrets, "\n".join(log)) == []
