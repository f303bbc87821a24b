"""A request as the server hands it on, read as UTF-8 whatever charset it names.

The rule: what a request says of itself never decides how it is decoded. Some of Python's codecs give no text, some
give half characters, and Django reads them before any middleware runs.
"""

from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http.multipartparser import MultiPartParserError
from django.utils.http import parse_header_parameters


class Utf8Request(WSGIRequest):
    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            kind, parameters = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except (LookupError, ValueError):  # by RFC 2231 a parameter names a charset of its own
            kind, parameters = "", {}
            meta["CONTENT_TYPE"] = ""
        self.content_type = kind
        self.content_params = {name: value for name, value in parameters.items() if name != "charset"}

    def parse_file_upload(self, META: Any, post_data: Any) -> Any:
        try:
            return super().parse_file_upload(META, post_data)
        except (LookupError, UnicodeError) as fault:
            raise MultiPartParserError from fault


class PanelHandler(WSGIHandler):
    request_class = Utf8Request
