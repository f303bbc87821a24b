"""Changes of an application by somebody who is slower than somebody else, and changes that change nothing."""

import pytest

from accounts.models import AuditRow, Session, User
from accounts.origin import SERVER
from cloudpanel.applications import services
from cloudpanel.applications.models import Application, Visit, Who
from tests.factories import make_member, make_role

pytestmark = pytest.mark.django_db
NEW = {"name": "Wiki", "origin": "https://wiki.example.com"}


@pytest.fixture
def helper(contract) -> User:
    member = make_member(contract, "helper", role=make_role(contract, "applications.show", "applications.create"))
    return User.objects.select_related("role", "contract").get(pk=member.pk)


def test_nothing_is_created_by_somebody_who_is_deactivated_meanwhile(contract, helper):
    User.objects.filter(pk=helper.pk).update(is_active=False)
    with pytest.raises(services.ApplicationMoved):
        services.create_application(actor=helper, contract=contract, values=NEW, origin=SERVER)
    assert not Application.objects.exists()


def test_who_may_open_it_is_not_decided_by_somebody_who_is_slower(owner, grafana):
    Application.objects.update(who=Who.ROLES)
    with pytest.raises(services.ApplicationMoved):
        services.set_access(actor=owner, application=grafana, who=Who.EVERYBODY, roles=[], origin=SERVER)


def test_a_name_that_somebody_else_has_just_given_is_not_overwritten(owner, grafana):
    Application.objects.update(name="Dashboards")
    with pytest.raises(services.ApplicationMoved):
        services.set_name(actor=owner, application=grafana, name="Graphs", origin=SERVER)
    assert Application.objects.get().name == "Dashboards"
    assert not AuditRow.objects.filter(event="application_changed").exists()


def test_the_same_people_once_more_are_no_change(owner, grafana, contract):
    [role] = contract.roles.all()
    chosen = {"actor": owner, "application": grafana, "who": Who.ROLES, "roles": [role], "origin": SERVER}
    assert services.set_access(**chosen)
    grafana.refresh_from_db()
    assert not services.set_access(**chosen)
    assert AuditRow.objects.filter(event="application_changed").count() == 1


def test_the_same_origin_and_the_same_guard_end_no_visit(owner, grafana):
    session = Session.objects.create(session_key="k" * 40, session_data="", expire_date="2100-01-01T00:00Z")
    Visit.objects.create(digest="d" * 64, application=grafana, session=session, auth_hash="", verified=False)
    assert not services.set_origin(actor=owner, application=grafana, new=grafana.origin, origin=SERVER)
    same = {"guard": grafana.guard, "assertion": grafana.assertion, "upstream": grafana.upstream}
    assert not services.set_guard(actor=owner, application=grafana, **same, origin=SERVER)
    assert Visit.objects.exists()
    assert not AuditRow.objects.filter(event="application_changed").exists()


def test_only_the_guards_end_ends_visits(owner, grafana):
    session = Session.objects.create(session_key="k" * 40, session_data="", expire_date="2100-01-01T00:00Z")
    Visit.objects.create(digest="d" * 64, application=grafana, session=session, auth_hash="", verified=False)
    guarded = {"guard": True, "assertion": not grafana.assertion, "upstream": grafana.upstream}
    assert services.set_guard(actor=owner, application=grafana, **guarded, origin=SERVER)
    assert Visit.objects.exists()
    grafana.refresh_from_db()
    services.set_guard(actor=owner, application=grafana, **guarded | {"guard": False}, origin=SERVER)
    assert not Visit.objects.exists()


def test_what_was_deleted_is_not_deleted_again(owner, grafana):
    Application.objects.all().delete()
    with pytest.raises(services.ApplicationMoved):
        services.delete_application(actor=owner, application=grafana, origin=SERVER)
