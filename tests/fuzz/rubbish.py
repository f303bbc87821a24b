"""Input that nobody means well with. FUZZ_EXAMPLES says how much of it is tried at each address."""

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "8"))


def profile(factor: int = 1, **changes) -> settings:
    return settings(
        max_examples=EXAMPLES * factor,
        derandomize="FUZZ_EXAMPLES" not in os.environ,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
        **changes,
    )


SPECIAL = [
    "", "\0", "a\0b", "\ud800", "\udcff", "\r\nX: 1", "\x1b[31m", "\u202e", "\ufeff", "'\"<script>", "%00", "%",
    "%ff", "{{7*7}}", "../../etc/passwd", "-1", "0", "9" * 19, "9" * 5_000, "1e309", "NaN", "0x10", "٣",
    "１２３４５６", "+12345", "9999-99-99", "0001-01-01", "9999-12-31", "2026-02-30", "x" * 4_096, "é" * 1_025, "yes",
    "no", "on", "active", "1h", "custom", "-name", "//example.com", "/\\example.com", "/\t/x", "[", "http://[",
    "/[", "a@b", "a@" + "b" * 300, "ß@ẞ", "K", "İ", "\U0001f600" * 40, "=1+1", ";;;", ":::", ".", "a:b:c",
]  # fmt: skip
text = st.one_of(st.sampled_from(SPECIAL), st.sampled_from(SPECIAL), st.text(max_size=40))
raw = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [b"%FF%FE=%00", b"&&&==;;", b"a=" + b"%" * 99, b"\xff\xfe\x00a", b"{}", b"--x\r\n\r\n--x--", b"[" * 99]
    ),
)
# What a server hands on of a header: Latin-1 without line ends and NUL.
header = st.one_of(
    st.text(st.characters(max_codepoint=255, blacklist_characters="\0\r\n"), max_size=60),
    st.sampled_from(["", "é" * 400, "de-" * 300 + "x", "a;q=1," * 500, "multipart/form-data", "1.2.3.4,::1%x,"]),
)
# A cookie's value may carry any sign, written with octal digits between quotes.
cookie = st.one_of(
    st.sampled_from(['"' + "\\000" * 32 + '"', '"' + "\\377" * 40 + '"', "a" * 5_000, "a:b:c", "e30:1:x", ""]),
    st.text(st.characters(max_codepoint=255, blacklist_characters="\0\r\n;"), max_size=60),
)
CHARSETS = ["utf-8", "utf-7", "utf-16", "latin-1", "unicode_escape", "raw_unicode_escape", "cp037", "nonsense", "\xe9"]
content_types = st.one_of(
    st.sampled_from(
        [
            "application/x-www-form-urlencoded",
            "application/json",
            "text/plain",
            "multipart/form-data",
            "multipart/form-data; boundary=x",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=é",
            "",
            "/",
        ]
    ),
    st.sampled_from([f"multipart/form-data; boundary=x; charset={name}" for name in CHARSETS]),
    st.sampled_from([f"application/x-www-form-urlencoded; charset={name}" for name in CHARSETS]),
)
FIELDS = [
    "username", "password", "next", "code", "recovery_code", "action", "username_or_email", "new_password1",
    "new_password2", "current_password", "name", "email", "description", "password1", "password2", "invite",
    "role", "two_factor_required", "must_change_password", "required", "state", "ids", "confirm", "sealed",
    "refused", "file", "suggest", "permissions", "language", "session", "contract", "csrfmiddlewaretoken",
    "is_staff", "_method", "_selected_action", "index", "_save", "_popup", "is_superuser", "is_active", "owner",
    "number", "post",
]  # fmt: skip
PARAMETERS = [
    "q", "sort", "cursor", "state", "two_factor", "role", "attention", "period", "from", "to", "action",
    "outcome", "next", "ended", "p", "o", "e", "all", "_popup", "id__exact", "contract__id__exact",
    "is_active__exact", "_changelist_filters", "_to_field", "role__name__regex",
]  # fmt: skip
form = st.dictionaries(st.one_of(st.sampled_from(FIELDS), text), st.lists(text, min_size=1, max_size=3), max_size=6)
query = st.dictionaries(
    st.one_of(st.sampled_from(PARAMETERS), text), st.lists(text, min_size=1, max_size=2), max_size=4
)
