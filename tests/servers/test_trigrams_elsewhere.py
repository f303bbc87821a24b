"""Databases where pg_trgm is in a schema of its own, as hosters and security guides have it."""

import psycopg
import pytest

from tests.servers import database as databases
from tests.servers.machine import run

pytestmark = pytest.mark.skipif(not databases.POSTGRESQL, reason="about PostgreSQL")
INDEX = "SELECT pg_get_indexdef(indexrelid), indisvalid FROM pg_index WHERE indexrelid = 'user_by_part'::regclass"
CROWD = """
    INSERT INTO accounts_user (password, username, name, name_key, email, pending_email, description, language,
        must_change_password, password_set_by_other, is_active, is_staff, is_superuser, two_factor_required, stamp,
        resets, mail_failure, created_at)
    SELECT '!', 'u' || n, 'N', md5(n::text), '', '', '', '', false, false, true, false, false, true, 0, 0, '', now()
    FROM generate_series(1, 5000) n
"""
SEARCH = "EXPLAIN SELECT id FROM accounts_user WHERE name_key::text LIKE '%zander%'"


@pytest.fixture
def database():
    made = databases.OnPostgres()
    yield made
    made.drop()


def test_f07_the_extension_is_found_in_another_schema(database):
    with psycopg.connect(database.url) as superuser:
        superuser.execute('CREATE SCHEMA "Ext"')
        superuser.execute('CREATE EXTENSION pg_trgm SCHEMA "Ext"')
    assert "can't be" not in run(database.url, "manage.py", "migrate", "--noinput", "-v", "0")
    with psycopg.connect(database.url) as found:
        definition, valid = found.execute(INDEX).fetchone()
        assert ('"Ext".gin_trgm_ops' in definition, valid) == (True, True)
        found.execute(CROWD)
        found.execute("ANALYZE accounts_user")
        found.execute("SET enable_seqscan = off")
        assert any("user_by_part" in line for (line,) in found.execute(SEARCH))


def test_f07_without_the_right_to_use_that_schema_migrate_goes_on(database):
    role = f"{database.name}_panel"
    with psycopg.connect(database.url, autocommit=True) as superuser:
        superuser.execute("CREATE SCHEMA ext")
        superuser.execute("CREATE EXTENSION pg_trgm SCHEMA ext")
        superuser.execute(f"CREATE ROLE {role} LOGIN")
        superuser.execute(f"GRANT ALL ON SCHEMA public TO {role}")
    try:
        url = database.url.replace("postgres@", f"{role}@")
        assert "can't be created or used here" in run(url, "manage.py", "migrate", "--noinput", "-v", "0")
        assert database.one("SELECT to_regclass('user_by_part')") is None
    finally:
        with psycopg.connect(database.url, autocommit=True) as superuser:
            superuser.execute(f"DROP OWNED BY {role}")
            superuser.execute(f"DROP ROLE {role}")
