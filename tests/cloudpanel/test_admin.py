"""Django admin, through its real pages: who gets in, what may be written, what is written down, what is never shown."""

import re
import time
from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from accounts.models import Attempts, AuditRow, Contract, Session, User
from cloudpanel.admin_site import site
from tests.browser.window import Window
from tests.factories import PASSWORD, make_admin, make_member, make_owner, make_role
from tests.people import Person, code_of, words
from twofactor.models import Authenticator, HelpRequest, RecoveryCode

USERS = "/admin/accounts/user/"
CONTRACTS = "/admin/accounts/contract/"
ROLES = "/admin/accounts/role/"
LOGS = "/admin/accounts/auditrow/"
INLINE = re.compile(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)|<style|\sstyle=|\son[a-z]+=\"")
NEW = "a-quite-different-horse-battery"

pytestmark = pytest.mark.django_db


def address(user: User, action: str = "change") -> str:
    return f"{USERS}{user.pk}/{action}/"


def form_of(page) -> dict[str, str]:
    """What a browser would post from this form without touching it."""
    form = BeautifulSoup(page.content, "html.parser").select_one("#content form[method=post]")
    fields = {}
    for tag in form.select("input[name], textarea[name], select[name]"):
        if tag.get("type") == "checkbox":
            fields |= {tag["name"]: "on"} if tag.has_attr("checked") else {}
        elif tag.get("type") == "submit":
            continue
        elif tag.name == "select":
            chosen = tag.select_one("option[selected]")
            fields[tag["name"]] = chosen["value"] if chosen else ""
        else:
            fields[tag["name"]] = tag.get("value", "") if tag.name == "input" else tag.text.lstrip("\n")
    return fields


def save(rita: Person, user: User, **changes):
    """Opens the form of an account, changes these fields (None: unticks) and saves."""
    fields = form_of(rita.get(address(user))) | changes
    fields = {name: value for name, value in fields.items() if value is not None}
    return rita.client.post(address(user), fields, follow=True)


def rows(event: str, **which):
    return AuditRow.objects.filter(event=event, **which)


# Who gets in.


def test_a_verified_admin_is_led_from_the_overview_and_has_no_panel(rita):
    assert rita.get("/").url == "/admin/"
    assert rita.get("/admin/").status_code == 200
    for page in ("/management/users/", "/management/users/create/", "/management/users/1/"):
        assert rita.get(page).status_code == 404, page


def test_who_is_no_admin_is_led_from_the_login_and_password_pages_to_the_panel(owner):
    person = Person(owner)
    person.log_in()
    for page in ("/admin/login/", "/admin/password_change/", "/admin/password_change/done/"):
        assert person.client.get(page, follow=True).redirect_chain[-1][0] == "/"


def test_there_is_no_second_log_in_and_no_second_password_page(rita):
    assert rita.get("/admin/login/").url == "/admin/"
    assert rita.post("/admin/login/", {"username": "root", "password": PASSWORD}).url == "/admin/"
    for page in ("/admin/password_change/", "/admin/password_change/done/"):
        assert rita.get(page).url == "/profile/password/"


def test_times_are_shown_with_their_zone(rita):
    assert re.search(r"\d\d:\d\d UTC", words(rita.get("/admin/accounts/auditrow/")))


def test_log_out_is_a_post_that_ends_the_session(rita):
    assert rita.get("/admin/logout/").status_code == 200
    assert rita.get("/admin/").status_code == 200
    assert rita.post("/admin/logout/").url == "/login/"
    assert rita.get("/admin/").url.startswith("/login/")
    assert rows("sign_out", actor_label="root").count() == 1


def test_anybody_can_log_out_there(owner, contract):
    for user in (owner, make_member(contract, "nora", two_factor_required=False)):
        person = Person(user)
        person.log_in()
        assert "Log out?" in words(person.get("/admin/logout/"))
        assert person.post("/admin/logout/").url == "/login/"
        assert not person.is_in()
        assert person.get("/admin/logout/").url == "/login/"


def test_an_admin_without_a_factor_is_held_at_the_set_up():
    rita = Person(make_admin())
    rita.start_login()
    for page in ("/admin/", "/admin/login/", USERS, f"{USERS}add/"):
        assert rita.get(page).url == "/two-factor/setup/", page


def test_users_and_owners_are_refused_and_that_is_written_down(owner, lena):
    olivia, member = Person(owner), Person(lena).enrol()
    olivia.log_in()
    for person in (olivia, member):
        assert person.get("/admin/login/").url == "/"
        for page in ("/admin/", USERS, LOGS, f"{USERS}{owner.pk}/change/", "/admin/jsi18n/"):
            refused = person.get(page)
            assert refused.status_code == 403, page
            assert "Only admins of this panel can open this page." in words(refused)
    assert rows("access_refused", actor_label="lena").exists()


def test_the_requirement_of_an_admin_cannot_be_switched_off_by_a_column(rita):
    User.objects.filter(username="root").update(two_factor_required=False, two_factor_active_since=None)
    Authenticator.objects.all().delete()
    assert rita.get("/admin/").url == "/two-factor/setup/"


def test_staff_without_superuser_sees_nothing_to_edit(lena):
    User.objects.create_user("stan", PASSWORD, name="Stan Staff", is_staff=True)
    stan = Person("stan").enrol()
    assert "permission to view or edit anything" in words(stan.get("/admin/"))
    for page in (USERS, CONTRACTS, ROLES, LOGS, f"{USERS}add/", address(lena), address(lena, "delete")):
        assert stan.get(page).status_code == 403, page
        assert stan.post(page, {"name": "x", "post": "yes"}).status_code == 403, page
    assert User.objects.get(pk=lena.pk).name == "Lena"


def test_a_demoted_admin_is_out_at_the_next_request(rita):
    User.objects.filter(username="root").update(is_staff=False, is_superuser=False)
    assert rita.get("/admin/").status_code == 403


# What is shown.


def test_only_accounts_contracts_roles_logs_and_requests_for_help_are_registered():
    assert {model._meta.label for model in site._registry} == {
        "accounts.User",
        "accounts.Contract",
        "accounts.Role",
        "accounts.AuditRow",
        "twofactor.HelpRequest",
    }


@pytest.mark.parametrize("model", [Authenticator, RecoveryCode, Session, Attempts])
def test_secrets_codes_sessions_and_budgets_have_no_address(rita, model):
    for page in ("", "add/", "1/change/", "1/delete/", "1/history/"):
        found = rita.get(f"/admin/{model._meta.app_label}/{model._meta.model_name}/{page}")
        assert found.status_code == 404


def test_every_list_form_and_question_is_free_of_inline_style_and_script(rita, lena, contract):
    role, row = contract.roles.get(), AuditRow.objects.first()
    pages = ["/admin/", USERS, CONTRACTS, ROLES, LOGS, f"{USERS}add/", f"{CONTRACTS}add/", address(lena)]
    pages += [address(lena, "delete"), address(lena, "history"), f"{CONTRACTS}{contract.pk}/change/"]
    pages += [f"{ROLES}{role.pk}/change/", f"{LOGS}{row.pk}/change/", f"{USERS}?q=len&is_active__exact=1"]
    for page in pages:
        answer = rita.get(page)
        assert answer.status_code == 200, page
        text = answer.content.decode()
        assert not re.search(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)|<style|\sstyle=|\son[a-z]+=\"", text), (
            page
        )
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert "no-store" in answer["Cache-Control"]


def test_a_question_before_deleting_names_no_session(rita, lena):
    member = Person(lena).enrol()
    key = member.client.cookies["sessionid"].value
    page = rita.get(address(lena, "delete")).content.decode()
    assert "Are you sure" in page
    assert key not in page
    assert "ecovery code" not in page


def test_password_hashes_cannot_be_guessed_by_filters(rita, lena):
    for query in (
        "password__startswith=argon2",
        "password=x",
        "authenticator__secret__startswith=g",
        "recovery_codes__digest__startswith=a",
        "sessions__session_key__startswith=a",
        "stamp=0",
        "is_active__regex=(",
        "is_active__range=",
        "is_active__in=1,0",
        "owner__password__startswith=a",
    ):
        assert rita.get(f"{USERS}?{query}").status_code == 400, query
        assert rita.get(f"{CONTRACTS}?{query}").status_code == 400, query
    assert rita.get(f"{USERS}?_to_field=password").status_code in (200, 400)
    assert rita.get(f"{address(lena)}?_to_field=password").status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "name=%00",
        "is_active__exact=%00",
        "event__exact=a%00",
        "o=a.b.-1.999",
        "p=99999999999999999999",
        "p=x",
        "e=1",
        "is_active__exact=maybe",
        "nonsense=1",
        "q=" + "x" * 3000,
    ],
)
def test_rubbish_in_the_query_is_no_fault(rita, query):
    for page in (USERS, CONTRACTS, ROLES, LOGS):
        assert rita.get(f"{page}?{query}").status_code in (200, 302, 400), page


@pytest.mark.parametrize("key", ["0", "x", "99999999999999999999999", "_00", "-1", "1_2F"])
def test_rubbish_as_an_id_is_no_fault(rita, key):
    for page in (USERS, CONTRACTS, ROLES, LOGS):
        for action in ("change", "delete", "history"):
            assert rita.get(f"{page}{key}/{action}/").status_code in (302, 403, 404), (page, action)


# What is written, and how it is written down.


def test_name_description_and_state_go_through_the_services(rita, lena):
    member = Person(lena).enrol()
    answer = save(rita, lena, name="Lena Lang", description="Books", is_active=None)
    assert "was changed successfully" in words(answer)
    lena.refresh_from_db()
    assert (lena.name, lena.description, lena.is_active) == ("Lena Lang", "Books", False)
    assert not member.is_in()
    row = rows("user_name").get()
    assert (row.actor_label, row.target_label, row.contract_id) == ("root", "lena", lena.contract_id)
    assert row.detail == {"old": "Lena", "new": "Lena Lang"}
    assert rows("user_description").count() == rows("user_state").count() == 1


def test_saving_without_a_change_writes_nothing(rita, lena):
    before = AuditRow.objects.count()
    save(rita, lena)
    assert AuditRow.objects.count() == before


def test_a_role_is_one_of_the_users_own_contract(rita, lena, contract):
    reader = make_role(contract, "users.show", name="Reader")
    foreign = make_owner("other", contract="Beta").contracts.get().roles.get()
    assert "Select a valid choice" in words(save(rita, lena, role=str(foreign.pk)))
    assert "This field is required" in words(save(rita, lena, role=""))
    save(rita, lena, role=str(reader.pk))
    assert User.objects.get(pk=lena.pk).role == reader
    assert rows("user_role").get().detail == {"old": "Administrator", "new": "Reader"}


def test_a_new_password_obeys_every_rule_and_ends_all_sessions(rita, lena):
    member = Person(lena).enrol()
    for first, second, said in (
        ("short", "short", "Use at least 15 characters."),
        (NEW, NEW + "x", "The two passwords don&#x27;t match. Enter the same password twice."),
        (NEW, "", "Enter the same password twice."),
        ("", NEW, "Enter the same password twice."),
        ("x" * 1025, "x" * 1025, "Use at most 1,024 characters."),
    ):
        answer = save(rita, lena, new_password1=first, new_password2=second)
        assert said in words(answer), words(answer)
        assert NEW not in answer.content.decode()
    assert member.is_in()
    stamp = User.objects.get(pk=lena.pk).stamp
    save(rita, lena, new_password1=NEW, new_password2=NEW)
    lena.refresh_from_db()
    assert lena.stamp == stamp + 1
    assert lena.must_change_password
    assert lena.password_set_by_other
    assert not member.is_in()
    member.password = NEW
    assert member.another_browser().start_login().url == "/login/code/"
    assert rows("user_password", actor_label="root").count() == 1
    assert NEW not in str(list(AuditRow.objects.values())) + str(list(LogEntry.objects.values()))


def test_two_factor_required_is_changed_for_owners_but_not_for_sub_users(rita, owner, lena):
    save(rita, owner, two_factor_required="on")
    owner.refresh_from_db()
    assert owner.two_factor_required
    assert rows("two_factor_required", target_label="owner").get().detail == {"old": "no", "new": "yes"}
    olivia = Person(owner).enrol()
    save(rita, owner, two_factor_required=None)
    owner.refresh_from_db()
    assert (owner.two_factor_required, owner.two_factor_active) == (False, False)
    assert not olivia.is_in()
    assert "two_factor_required" not in form_of(rita.get(address(lena)))
    save(rita, lena, name="Lena L", two_factor_required=None)
    save(rita, lena, name="Lena M", two_factor_required="off")
    assert User.objects.get(pk=lena.pk).two_factor_required


def test_of_a_planned_requirement_the_date_is_shown(rita, owner, lena):
    assert "2FA required from" not in words(rita.get(address(lena)))
    User.objects.filter(pk=lena.pk).update(two_factor_required_from=timezone.now() + timedelta(days=400))
    assert "2FA required from" in words(rita.get(address(lena)))
    assert "two_factor_required_from" not in form_of(rita.get(address(lena)))


def test_of_admins_two_factor_is_always_required(rita):
    other = make_admin("second")
    assert "always required for admins" in words(save(rita, other, two_factor_required=None))
    other.refresh_from_db()
    assert other.two_factor_required
    promoted = make_owner("boss", contract="Gamma", two_factor_required=True)
    answer = save(rita, promoted, two_factor_required=None, is_superuser="on")
    assert "always required for admins" in words(answer)


def test_an_owner_becomes_an_admin_and_stops_being_one(rita, owner):
    olivia = Person(owner)
    olivia.log_in()
    save(rita, owner, is_superuser="on")
    owner.refresh_from_db()
    assert owner.is_staff
    assert owner.is_superuser
    assert olivia.get("/profile/").url.startswith("/login/")
    assert olivia.start_login().url == "/two-factor/setup/"
    save(rita, owner, is_superuser=None)
    owner.refresh_from_db()
    assert not owner.is_staff
    assert not owner.is_superuser
    assert [row.detail["new"] for row in rows("user_admin").order_by("id")] == ["admin", "no admin"]


def test_a_sub_user_never_becomes_an_admin(rita, lena):
    assert "is_superuser" not in form_of(rita.get(address(lena)))
    save(rita, lena, is_superuser="on", is_staff="on", name="L")
    lena.refresh_from_db()
    assert (lena.name, lena.is_superuser, lena.is_staff) == ("L", False, False)


def test_nobody_deletes_deactivates_or_demotes_their_own_account(rita):
    root = User.objects.get(username="root")
    fields = form_of(rita.get(address(root)))
    assert not {"is_active", "is_superuser", "two_factor_required", "new_password1"} & fields.keys()
    save(rita, root, name="Rita R", new_password1=NEW, new_password2=NEW, two_factor_required=None, stamp="9")
    refused = rita.get(address(root, "delete"))
    assert refused.status_code == 403
    assert "This can't be added, changed or deleted here." in words(refused)
    assert rita.post(address(root, "delete"), {"post": "yes"}).status_code == 403
    after = User.objects.get(username="root")
    assert (after.name, after.is_active, after.is_superuser, after.two_factor_required) == ("Rita R", True, True, True)
    assert (after.password, after.stamp) == (root.password, root.stamp)
    assert rita.is_in()


def test_a_post_of_hidden_columns_changes_none_of_them(rita, lena):
    before = User.objects.values().get(pk=lena.pk)
    save(rita, lena, username="eve", email="e@x.org", contract="", password="x", stamp="7", is_staff="on", resets="3")
    assert User.objects.values().get(pk=lena.pk) == before


def test_a_user_is_deleted_through_the_service(rita, lena):
    member = Person(lena).enrol()
    page = rita.client.post(address(lena, "delete"), {"post": "yes"}, follow=True)
    assert "was deleted successfully" in words(page)
    assert not User.objects.filter(pk=lena.pk).exists()
    assert not member.is_in()
    assert rows("user_deleted", actor_label="root", target_label="lena").count() == 1


def test_an_owner_of_contracts_is_not_deleted(rita, owner):
    for answer in (
        rita.get(address(owner, "delete")),
        rita.client.post(address(owner, "delete"), {"post": "yes"}, follow=True),
    ):
        assert answer.status_code == 200
        assert "Contract Alpha Hosting" in words(answer)
    assert User.objects.filter(pk=owner.pk).exists()
    assert not rows("user_deleted").exists()
    assert not LogEntry.objects.exists()


def test_an_owner_who_gets_a_contract_at_that_moment_is_not_deleted_either(rita, monkeypatch):
    user = User.objects.create_user("late", PASSWORD, name="Late")
    rita.get(address(user, "delete"))
    shown = site._registry[User]
    monkeypatch.setattr(shown, "get_deleted_objects", lambda objs, request: ([], {}, set(), []))
    Contract.objects.create(owner=user, name="Just now")
    answer = rita.client.post(address(user, "delete"), {"post": "yes"}, follow=True)
    assert "Nothing was deleted" in words(answer)
    assert User.objects.filter(pk=user.pk).exists()
    assert not rows("user_deleted").exists()


def test_nothing_is_done_in_bulk(rita, lena):
    users = User.objects.count()
    answer = rita.post(USERS, {"action": "delete_selected", "_selected_action": [lena.pk], "post": "yes"})
    assert answer.status_code in (200, 302)
    assert User.objects.count() == users
    assert "action-select" not in rita.get(USERS).content.decode()


def test_a_change_meanwhile_takes_everything_back(rita, lena, contract, monkeypatch):
    reader = make_role(contract, "users.show", name="Reader")
    fields = form_of(rita.get(address(lena))) | {"name": "Other", "role": str(reader.pk)}
    monkeypatch.setattr("accounts.users.services.set_role", lambda **_: False)
    answer = rita.client.post(address(lena), fields, follow=True)
    assert "somebody else changed it in the meantime" in words(answer)
    assert User.objects.get(pk=lena.pk).name == "Lena"
    assert not rows("user_name").exists()


def test_a_new_owner_comes_with_a_contract(rita):
    page = rita.get(f"{USERS}add/")
    fields = form_of(page) | {
        "username": "nora",
        "name": "Nora New",
        "contract_name": "Delta",
        "new_password1": NEW,
        "new_password2": NEW,
    }
    for wrong, said in (
        ({"username": "ROOT"}, "This username is taken."),
        ({"username": "no blank"}, "Use only letters A to Z"),
        ({"new_password1": "nora-nora-nora-nora"}, "The two passwords don&#x27;t match"),
        ({"new_password1": "Delta-Delta-Delta", "new_password2": "Delta-Delta-Delta"}, "too similar to"),
        ({"contract_name": ""}, "This field is required"),
        ({"name": "a\0b"}, "Null characters are not allowed"),
    ):
        assert said in words(rita.post(f"{USERS}add/", fields | wrong)), said
    assert not User.objects.filter(username__in=("nora", "ROOT")).exists()
    answer = rita.client.post(f"{USERS}add/", fields, follow=True)
    assert "was added successfully" in words(answer)
    nora = User.objects.get(username="nora")
    assert nora.two_factor_required
    assert nora.contracts.get().roles.get().built_in
    assert not nora.is_staff
    assert (nora.password_set_by_other, nora.must_change_password) == (True, True)
    assert rows("owner_created", actor_label="root").count() == rows("contract_created").count() == 1
    assert Person(nora, password=NEW).start_login().url == "/password/new/"


def test_contracts_are_opened_and_renamed_and_nothing_else(rita, owner, contract, lena):
    page = f"{CONTRACTS}add/"
    assert "No account has this username" in words(rita.post(page, {"name": "X", "owner": "nobody"}))
    assert "somebody else" in words(rita.post(page, {"name": "X", "owner": "lena"}))
    rita.post(page, {"name": "Second", "owner": "Owner"})
    assert owner.contracts.get(name="Second").roles.get().built_in
    change = f"{CONTRACTS}{contract.pk}/change/"
    rita.post(change, form_of(rita.get(change)) | {"name": "Alpha Two", "owner": str(lena.pk), "number": "1"})
    fresh = Contract.objects.get(pk=contract.pk)
    assert (fresh.name, fresh.owner, fresh.number) == ("Alpha Two", owner, contract.number)
    assert rows("contract_changed").get().detail == {"old": "Alpha Hosting", "new": "Alpha Two"}
    assert rita.post(f"{CONTRACTS}{contract.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_role_is_changed_and_deleted_through_the_services(rita, contract, lena):
    role = make_role(contract, "users.show", name="Reader")
    page = f"{ROLES}{role.pk}/change/"
    fields = form_of(rita.get(page)) | {"permissions": ["users.show"]}
    assert rita.post(page, fields | {"name": "administrator"}).status_code == 200
    assert "Select a valid choice" in words(rita.post(page, fields | {"permissions": ["two_factor.reset"]}))
    before = AuditRow.objects.count()
    rita.post(page, fields)
    assert AuditRow.objects.count() == before
    changes = {"name": "Logs", "description": "Reads", "permissions": ["logs.show", "users.show"]}
    assert "changed successfully" in words(rita.client.post(page, fields | changes, follow=True))
    role.refresh_from_db()
    assert (role.name, role.description, role.permissions) == ("Logs", "Reads", ["logs.show", "users.show"])
    fields = {name: value for name, value in (fields | changes).items() if name != "enabled"}
    rita.post(page, fields)
    role.refresh_from_db()
    assert not role.enabled
    assert rows("role_changed", actor_label="root", contract_id=contract.pk).count() == 4
    User.objects.filter(pk=lena.pk).update(role=role)
    delete = f"{ROLES}{role.pk}/delete/"
    assert "User lena" in words(rita.client.post(delete, {"post": "yes"}, follow=True))
    User.objects.filter(pk=lena.pk).update(role=contract.roles.get(built_in=True))
    rita.post(delete, {"post": "yes"})
    assert not contract.roles.filter(pk=role.pk).exists()
    assert rows("role_deleted", actor_label="root").count() == 1


def test_administrator_stays_as_it_is_and_roles_are_made_in_the_panel(rita, contract):
    role = contract.roles.get()
    page = f"{ROLES}{role.pk}/"
    assert rita.get(f"{page}change/").status_code == 200
    assert rita.post(f"{page}change/", {"name": "Eve"}).status_code == 403
    assert rita.post(f"{page}delete/", {"post": "yes"}).status_code == 403
    assert rita.get(f"{ROLES}add/").status_code == 403


def test_the_log_is_read_only(rita):
    row = AuditRow.objects.first()
    assert rita.get(f"{LOGS}add/").status_code == 403
    assert rita.post(f"{LOGS}add/", {"event": "sign_in"}).status_code == 403
    assert rita.get(f"{LOGS}{row.pk}/change/").status_code == 200
    assert rita.post(f"{LOGS}{row.pk}/change/", {"event": "sign_in"}).status_code == 403
    assert rita.post(f"{LOGS}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert "Logged in" in words(rita.get(LOGS))


# A fresh proof.


def test_forms_and_posts_ask_for_a_fresh_confirmation(rita, lena, contract):
    fields = form_of(rita.get(address(lena))) | {"name": "Late"}
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        for page in ("/admin/", USERS, LOGS):
            assert rita.get(page).status_code == 200, page
        for page in (address(lena), address(lena, "delete"), f"{USERS}add/", f"{CONTRACTS}{contract.pk}/change/"):
            assert rita.get(page).url == f"/confirm/?next={page.replace('/', '%2F')}"
        answer = rita.post(address(lena), fields)
        assert answer.url.startswith("/confirm/?next=")
        assert User.objects.get(pk=lena.pk).name == "Lena"
        assert rita.post(address(lena, "delete"), {"post": "yes"}).url.startswith("/confirm/")
        assert "Nothing was saved" in words(rita.get(answer.url)) or "Nothing was saved" in words(rita.get(USERS))
        assert rita.post("/admin/logout/").url == "/login/"


def test_after_the_confirmation_the_form_opens(rita, lena):
    with time_machine.travel(time.time() + 360, tick=False):
        asked = rita.get(address(lena)).url
        next_page = asked.partition("next=")[2].replace("%2F", "/")
        form = {"password": PASSWORD, "code": code_of(rita.key), "next": next_page}
        assert rita.post("/confirm/", form).url == address(lena)
        assert rita.get(address(lena)).status_code == 200


def test_a_form_of_another_site_changes_nothing(rita, lena):
    foreign = Client(enforce_csrf_checks=True)
    foreign.cookies["sessionid"] = rita.client.cookies["sessionid"].value
    assert foreign.post(address(lena), {"name": "Eve"}).status_code == 403
    assert foreign.post("/admin/logout/").status_code == 403
    assert User.objects.get(pk=lena.pk).name == "Lena"


def test_the_admin_of_django_itself_and_of_other_apps_registers_nothing():
    ours = {*apps.get_app_config("accounts").get_models(), HelpRequest}
    assert not [model for model in site._registry if model not in ours]


@pytest.fixture
def window(browser, live_server):
    """A browser that writes down every complaint of a page."""
    window = Window(browser, live_server.url)
    yield window
    window.context.close()
    assert window.complaints == []


@pytest.mark.browser
def test_it_works_in_a_browser_under_the_strict_policy(window, rita, lena, contract):
    """List, search, filter, form, role, question and log-out, without one complaint in the console."""
    page = window.enter(rita)
    page.goto("/admin/")
    page.get_by_role("link", name="Users", exact=True).first.click()
    page.locator("#searchbar").fill("len")
    page.locator("#changelist-search input[type=submit]").click()
    page.get_by_role("link", name="lena", exact=True).click()
    page.get_by_label("Name:").fill("Lena Lang")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was changed successfully").wait_for()
    for path in (f"{USERS}add/", f"{CONTRACTS}add/", f"{ROLES}{contract.roles.get().pk}/change/", LOGS):
        page.goto(path)
    page.goto(address(lena, "delete"))
    page.get_by_role("button", name="Yes, I’m sure").click()
    page.get_by_text("was deleted successfully").wait_for()
    page.get_by_role("button", name="Dark").click()
    page.wait_for_load_state()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login/")
    assert rows("user_name").count() == rows("user_deleted").count() == rows("sign_out").count() == 1


# Unlock.


@pytest.mark.parametrize("who", ["owner", "admin", "member"])
def test_s15_an_admin_unlocks_anybody_else(rita, contract, lena, who):
    target = {"owner": contract.owner, "admin": make_admin("ada"), "member": lena}[who]
    for _ in range(5):
        Person(target, password="wrong").start_login()
    assert Person(target).start_login().status_code == 429
    assert "unlock" in form_of_all(rita, target)
    assert "nothing was" not in words(save(rita, target, unlock="on")).lower()
    assert Person(target).start_login().status_code == 302
    assert rows("user_unlocked", target_id=target.pk, actor_label="root").count() == 1
    assert "unlock" not in form_of_all(rita, target)


def test_s15_an_admin_does_not_unlock_themselves(rita):
    for _ in range(5):
        rita.post("/confirm/", {"password": "wrong", "code": "000000"})
    user = User.objects.get(username="root")
    assert "unlock" not in form_of_all(rita, user)
    save(rita, user, unlock="on")
    assert not rows("user_unlocked").exists()


def form_of_all(rita: Person, user: User) -> set[str]:
    """The names of all fields of an account's form, checkboxes too."""
    form = BeautifulSoup(rita.get(address(user)).content, "html.parser").select_one("#content form[method=post]")
    return {tag["name"] for tag in form.select("[name]")}


# What its pages say.


def labels_of(page) -> list[str]:
    return [" ".join(tag.get_text().split()) for tag in BeautifulSoup(page.content, "html.parser").select("form label")]


@pytest.mark.parametrize(
    ("page", "typed", "found"),
    [
        (USERS, "IRINA", ["irina"]),
        (USERS, "özg", ["irina"]),
        (USERS, "ozgur", ["irina"]),
        (USERS, "oz EXAMPLE.org", ["irina"]),
        (USERS, '"Özgür Irmak"', ["irina"]),
        (USERS, '"Irmak Özgür"', []),
        (USERS, "irina nobody", []),
        (USERS, "irina " * 1_000, ["irina"]),
        (ROLES, "ÄRZTE", ["Ärzte"]),
        (ROLES, "irmak verein", ["Administrator"]),
        (CONTRACTS, "ÖKO", ["Irmak Öko-Verein"]),
        (CONTRACTS, "irina", ["Irmak Öko-Verein"]),
        (LOGS, "irina", ["irina"]),
    ],
)
def test_f08_a_search_finds_what_the_panels_own_would(rita, contract, page, typed, found):
    make_owner("irina", name="Özgür Irmak", contract="Irmak Öko-Verein", email="I@example.org")
    make_role(contract, name="Ärzte")
    Person("irina").start_login()
    rows = rita.client.get(page, {"q": typed}).context["cl"].result_list
    names = [row.username if page == USERS else row.actor_label if page == LOGS else row.name for row in rows]
    assert names == found


def test_f36_no_two_fields_have_the_same_name(rita, owner, lena):
    root = User.objects.get(username="root")
    for user in (owner, lena, root):
        labels = [label for label in labels_of(rita.get(address(user))) if label]
        assert sorted(labels) == sorted(set(labels)), user.username
        assert [label for label in labels if label.startswith("Admin")] in (["Admin"], ["Admin:"])


def test_f36_the_log_names_contract_and_action(rita, owner, contract):
    Person(owner, password="wrong").start_login()
    AuditRow.objects.create(event="user_name", outcome="ok", contract_id=contract.pk)
    text = words(rita.get(LOGS))
    assert "Contract ID" not in text
    assert "Alpha Hosting" in text
    assert "Wrong password" in text
    row = AuditRow.objects.latest("pk")
    page = rita.get(f"{LOGS}{row.pk}/change/")
    assert f'<a href="{CONTRACTS}{contract.pk}/change/">Alpha Hosting</a>' in page.content.decode()


def test_f36_view_site_leads_to_the_panel(rita, owner):
    page = BeautifulSoup(rita.get("/admin/").content, "html.parser")
    links = {link.get_text(strip=True): link["href"] for link in page.select("#user-tools a")}
    assert rita.get(links["View site"]).status_code == 200
    User.objects.filter(pk=owner.pk).update(is_staff=True, is_superuser=True)
    olivia = Person(owner).enrol()
    page = BeautifulSoup(olivia.get("/admin/").content, "html.parser")
    assert page.select("#user-tools a[href='/']")


@pytest.mark.browser
@pytest.mark.parametrize("width", [1024, 1366])
def test_f36_a_long_username_pushes_no_column_away(width, rita, contract, browser, live_server):
    make_member(contract, "m" * 150, name="N" * 150, email=f"{'e' * 60}@{'d' * 60}.example")
    window = Window(browser, live_server.url, viewport={"width": width, "height": 800})
    page = window.enter(rita)
    page.goto(USERS)
    cells = "[...document.querySelectorAll('#result_list tbody th, #result_list td')].map(cell => cell.offsetWidth)"
    widths = page.evaluate(cells)
    assert max(widths) <= 200
    window.context.close()


def test_who_is_no_admin_is_not_sent_to_the_owner_for_it(olivia, contract):
    nina = Person(make_member(contract, "nina", two_factor_required=False))
    nina.log_in()
    for person in (olivia, nina):
        answer = person.get("/admin/")
        assert answer.status_code == 403
        assert "Only admins of this panel can open this page." in words(answer)
        assert "Ask the account owner" not in words(answer)
