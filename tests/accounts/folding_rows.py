"""Run beside a database of the version before: rows as it wrote them, in the composition in which they were typed."""

import unicodedata

import django

django.setup()

from django.db import connection  # noqa: E402

NOW = "2026-11-25 12:00:00+00"
ROWS = {
    "accounts_user": [
        {
            **dict.fromkeys(("email", "pending_email", "description", "language"), ""),
            **dict.fromkeys(("must_change_password", "password_set_by_other", "is_staff", "is_superuser"), False),
            "id": 1,
            "password": "!",
            "username": "Ozgur",
            "name": unicodedata.normalize("NFD", "Özgür"),
            "is_active": True,
            "two_factor_required": True,
            "stamp": 0,
            "resets": 0,
            "created_at": NOW,
        }
    ],
    "accounts_contract": [{"id": 1, "number": "12345678", "name": "Alpha", "owner_id": 1, "created_at": NOW}],
    "accounts_role": [
        {
            "id": number,
            "contract_id": 1,
            "name": name,
            "description": "",
            "enabled": True,
            "built_in": False,
            "permissions": "[]",
            "created_at": NOW,
        }
        for number, name in enumerate(["Ärzte", unicodedata.normalize("NFD", "Ärzte")], 1)
    ],
}

with connection.cursor() as cursor:
    for table, rows in ROWS.items():
        for row in rows:
            signs = ", ".join(["%s"] * len(row))
            cursor.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({signs})", list(row.values()))
