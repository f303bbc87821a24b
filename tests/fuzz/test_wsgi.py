"""Requests that break before Django's first middleware, sent to the application that the server calls."""

from io import BytesIO
from typing import Any

import pytest
from django.test import RequestFactory

from cloudpanel.web.requests import PanelHandler

pytestmark = pytest.mark.django_db
CODECS = ["hex", "rot13", "base64", "zlib", "idna", "punycode", "undefined", "utf-7", "unicode_escape", "nonsense"]


@pytest.fixture
def answer():
    handler = PanelHandler()

    def ask(method: str, path: str, data: bytes, content_type: str, **more: Any) -> int:
        environ = RequestFactory()._base_environ(PATH_INFO=path, REQUEST_METHOD=method, QUERY_STRING="next=%2Fx&y=%ff")
        environ |= {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(data)), "wsgi.input": BytesIO(data)} | more
        status: list[str] = []
        response = handler(environ, lambda line, headers: status.append(line))
        b"".join(response)
        response.close()
        return int(status[0][:3])

    return ask


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_charset_that_is_named_decides_nothing(answer, codec, method):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        assert answer(method, "/login/", b"username=otto&password=%ff", f"{kind}; charset={codec}") < 500
        assert answer(method, "/login/", b"", f"{kind}; charset*={codec}''%61") < 500


@pytest.mark.parametrize("codec", CODECS)
def test_a_charset_named_inside_a_part_decides_nothing(answer, codec):
    for name in ("name", "filename"):
        head = f"Content-Disposition: form-data; name=\"username\"; {name}*={codec}''%61+2AA-"
        data = f"--x\r\n{head}\r\n\r\notto\r\n--x--\r\n".encode()
        assert answer("POST", "/login/", data, "multipart/form-data; boundary=x") < 500


class Lost:
    """A connection that the client resets."""

    def read(self, *size: int) -> bytes:
        raise ConnectionResetError(104, "reset")

    readline = read


@pytest.mark.parametrize(
    "path",
    [
        "/login/",
        "/management/users/create/",
        "/openid/authorize/",
        "/openid/end-session/",
        "/openid/introspect/",
        "/openid/revoke/",
        "/openid/token/",
        "/openid/userinfo/",
        "/profile/name/",
        "/two-factor/keys/authenticate/verify/",
    ],
)
def test_a_connection_that_is_lost_is_no_error_of_the_panel(answer, path):
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json"):
        assert answer("POST", path, b"a=b", kind, **{"wsgi.input": Lost()}) < 500
