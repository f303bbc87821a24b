"""Requests that are read as UTF-8 whatever charset they declare, and in chunks as with a length.

A client must not choose how its request is decoded: some of Python's codecs don't return text, or return lone
surrogates, and Django decodes before any middleware runs.
"""

from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.http import parse_header_parameters


class Chunks:
    """The body of a request with `Transfer-Encoding: chunked`. Malformed chunks raise OSError, as for a lost
    connection."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def read(self, *size: int) -> bytes:
        try:
            return bytes(self.stream.read(*size))
        except Exception as fault:  # servers raise their own exceptions for that
            raise OSError from fault


class ServedRequest(WSGIRequest):
    """Django treats a body without a length as empty, so a chunked body is read and measured first."""

    def __init__(self, environ: dict[str, Any]) -> None:
        super().__init__(environ)
        coding = environ.get("HTTP_TRANSFER_ENCODING", "").strip().lower()
        self._unmeasured = coding == "chunked" and bool(environ.get("wsgi.input_terminated"))
        if self._unmeasured:
            self._stream: Any = Chunks(environ["wsgi.input"])

    def _measure(self) -> None:
        """Reads a chunked body up to the limit for all bodies; the rest of a larger one stays unread."""
        if not self._unmeasured:
            return
        self._unmeasured = False
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        try:
            content = self._stream.read(limit + 1)
        except OSError as fault:
            raise BadRequest from fault
        if len(content) > limit:
            raise RequestDataTooBig
        self.META["CONTENT_LENGTH"] = str(len(content))
        self._stream = BytesIO(content)

    @property
    def body(self) -> bytes:
        self._measure()
        try:
            return super().body
        except UnreadablePostError as fault:  # the client is gone, so nobody made an error
            raise BadRequest from fault

    def _load_post_and_files(self) -> None:
        if self.method == "POST":
            self._measure()
        super()._load_post_and_files()

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            kind, parameters = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except (LookupError, ValueError):  # RFC 2231 lets a parameter declare a charset
            kind, parameters = "", {}
            meta["CONTENT_TYPE"] = ""
        self.content_type = kind
        self.content_params = {name: value for name, value in parameters.items() if name != "charset"}

    def parse_file_upload(self, META: Any, post_data: Any) -> Any:
        try:
            return super().parse_file_upload(META, post_data)
        except (LookupError, UnicodeError, UnreadablePostError) as fault:
            raise MultiPartParserError from fault


class PanelHandler(WSGIHandler):
    request_class = ServedRequest
