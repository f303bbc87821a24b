"""The id by which an account is known to other systems: OpenID Connect's `sub`, and WebAuthn's user handle."""

import secrets
from typing import Any

from django.db.models import CharField, Func

SUBJECT_LENGTH = 32
"""Hexadecimal digits."""


def new_subject() -> str:
    return secrets.token_hex(SUBJECT_LENGTH // 2)


class RandomSubject(Func):
    """Creates a subject in the database, for existing accounts and those that an older version creates."""

    output_field = CharField(max_length=SUBJECT_LENGTH)
    template = "LOWER(HEX(RANDOMBLOB(16)))"

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="REPLACE(GEN_RANDOM_UUID()::text, '-', '')", **context)
