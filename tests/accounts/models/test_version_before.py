"""Machines are upgraded one after the other: the version before still writes into the migrated database."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

VERSION_1_0 = [("accounts", "0010_search_stays_flat"), ("twofactor", "0002_recovery_code_used")]
"""The last migrations of version 1.0 (commit 6f1d5c7)."""

pytestmark = pytest.mark.django_db


@pytest.fixture
def models_of_1_0() -> Any:
    """The models with the columns of 1.0, on today's database."""
    return MigrationLoader(connection).project_state(VERSION_1_0).apps


def filled_by_the_database(field: models.Field) -> bool:
    return field.null or field.generated or field.has_db_default()


def test_the_database_fills_every_column_that_1_0_does_not_know(models_of_1_0):
    missing = [
        f"{old._meta.label}.{field.name}"
        for old in models_of_1_0.get_models()
        for field in apps.get_model(old._meta.label)._meta.local_concrete_fields
        if field.column not in {known.column for known in old._meta.local_concrete_fields}
        and not filled_by_the_database(field)
    ]
    assert not missing, f"add db_default to {', '.join(missing)}"


def test_1_0_creates_an_owner_with_a_contract_a_role_and_a_user(models_of_1_0):
    user, contract, role = (models_of_1_0.get_model("accounts", name) for name in ("User", "Contract", "Role"))
    owner = user.objects.create(username="olivia", name="Olivia")
    alpha = contract.objects.create(number="10000001", name="Alpha", owner=owner)
    viewers = role.objects.create(contract=alpha, name="Viewers", permissions=[])
    lena = user.objects.create(username="lena", name="Lena", contract=alpha, role=viewers)
    today = apps.get_model("accounts", "User").objects.select_related("contract").get(pk=lena.pk)
    assert (today.mail_failure, today.known_browsers, today.rights_version) == ("", "", 0)
    assert not today.contract.one_of_several


def test_1_0_stores_sessions_log_rows_and_authenticators(models_of_1_0):
    def create(label: str, **fields: Any) -> None:
        models_of_1_0.get_model(label).objects.create(**fields)

    owner = models_of_1_0.get_model("accounts", "User").objects.create(username="olivia", name="Olivia")
    now = timezone.now()
    create("accounts.Session", session_key="a" * 32, session_data="", expire_date=now, user=owner)
    create("accounts.AuditRow", event="login")
    create("twofactor.Authenticator", user=owner, name="app")
