"""Every account has a subject of its own, whoever created it and whenever."""

import re

import pytest
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from accounts.models import User
from tests.factories import make_contract, make_member

BEFORE = [("accounts", "0022_defaults_for_the_version_before")]


def insert_as_the_older_version_does(username):
    """All columns but the new one."""
    model = User.objects.create_user("model-for-columns")
    columns = [f.column for f in User._meta.concrete_fields if f.column not in ("id", "subject", "username_key")]
    others = ", ".join(column for column in columns if column != "username")
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO accounts_user (username, {others}) SELECT %s, {others} FROM accounts_user WHERE id = %s",
            [username, model.pk],
        )


@pytest.mark.django_db
def test_two_accounts_have_two_subjects_of_32_hexadecimal_digits():
    contract = make_contract(User.objects.create_user("otto"))
    subjects = {make_member(contract, name).subject for name in ("lena", "lars")}
    assert len(subjects) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", subject) for subject in subjects)


@pytest.mark.django_db
def test_the_subject_outlives_every_change():
    user = User.objects.create_user("otto")
    drawn = user.subject
    user.name = "Otto Other"
    user.save()
    user.refresh_from_db()
    assert user.subject == drawn


@pytest.mark.django_db
def test_an_account_of_the_older_version_gets_one_from_the_database():
    insert_as_the_older_version_does("olga")
    subjects = User.objects.values_list("subject", flat=True)
    assert len(set(subjects)) == User.objects.count()
    assert re.fullmatch("[0-9a-f]{32}", User.objects.get(username="olga").subject)


@pytest.mark.django_db(transaction=True)
def test_the_migration_gives_one_to_each_account_that_is_there():
    executor = MigrationExecutor(connection)
    newest = executor.loader.graph.leaf_nodes()
    executor.migrate(BEFORE)
    older = executor.loader.project_state(BEFORE).apps.get_model("accounts", "User")
    with transaction.atomic():
        for name in ("anna", "berta", "carla"):
            older(username=name, password="!").save()
    executor = MigrationExecutor(connection)
    executor.migrate(newest)
    subjects = list(User.objects.values_list("subject", flat=True))
    assert len(subjects) == len(set(subjects)) == 3
    assert all(re.fullmatch("[0-9a-f]{32}", subject) for subject in subjects)
