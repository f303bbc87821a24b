"""Users from a CSV file: what is shown row by row is what is done, all of it or nothing."""

import csv
import re
from datetime import timedelta
from html import unescape
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from time_machine import travel

from accounts.models import AuditRow, User
from accounts.origin import SERVER
from accounts.permissions import ALL_PERMISSIONS
from accounts.users import exchange
from accounts.users.rules import Viewer
from cloudpanel.users import imports, rehearsal
from tests.factories import PASSWORD, make_member, make_role
from tests.meanwhile import meanwhile
from tests.people import Person, words

IMPORT = "/management/users/import/"
EXPORT = "/management/users/export.csv"
USERS = "/management/users/"
HEADER = "username,name,email,description,role,two_factor_required,state"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commits")]


def file_of(*lines: str, header: str = HEADER) -> bytes:
    return "\r\n".join([header, *lines, ""]).encode()


def upload(person: Person, data: bytes | str):
    data = data if isinstance(data, bytes) else data.encode()
    return person.post(IMPORT, {"file": SimpleUploadedFile("users.csv", data, "text/csv")})


def sealed_in(response) -> str:
    found = re.search(r'name="sealed" value="([^"]+)"', response.content.decode())
    assert found, words(response)
    return unescape(found[1])


def confirm(person: Person, response):
    return person.post(IMPORT, {"sealed": sealed_in(response), "confirm": "yes"})


def bring(person: Person, data: bytes | str) -> str:
    """The file, looked at and imported."""
    answer = confirm(person, upload(person, data))
    assert answer.status_code == 302, words(answer)
    return words(person.get(answer.url))


def outcomes(response) -> list[tuple[str, str]]:
    assert response.status_code == 200, words(response)
    return [(line.username, line.kind.value) for line in response.context["lines"]]


def why(response) -> str:
    return " | ".join(reason for line in response.context["lines"] for reason in line.reasons)


def people() -> list[dict]:
    return list(User.objects.order_by("pk").values())


def test_the_page_names_the_columns_and_is_linked(olivia, adam, somebody):
    page = olivia.get(IMPORT)
    assert HEADER in page.content.decode().replace("<wbr>", "")
    assert all(f"<code>{column}</code>" in page.content.decode() for column in exchange.PASSED_OVER)
    assert IMPORT in olivia.get(USERS).content.decode()
    assert IMPORT not in somebody("users.show").get(USERS).content.decode()


def test_rows_are_shown_first_and_nothing_is_written(olivia, lena, rows):
    before = people()
    page = upload(
        olivia,
        file_of(
            "nina,Nina Neu,nina@example.com,,Administrator,no,active",
            "LENA,Lena Lang,lena@example.com,,Administrator,yes,active",
            "zoe,,,,,,",
            header=HEADER,
        ),
    )
    assert outcomes(page) == [("zoe", "refused"), ("nina", "created"), ("lena", "changed")]
    text = words(page)
    assert "1 will be created, 1 will be changed, 0 unchanged, 1 error" in text
    assert "name: Lena → Lena Lang" in text
    assert "An invitation will be sent." in text
    assert "name: Required for a new user." in text
    assert people() == before
    assert rows() == []


BADGE = re.compile(r'<span\s+class="badge \w+">([^<]+)</span>')


def test_the_preview_speaks_of_the_future_and_the_message_of_the_past(olivia, lena):
    data = file_of("nina,Nina,nina@example.com,,Administrator,,", "lena,Lena Lang,,,,,", "zoe,,,,,,")
    page = upload(olivia, data)
    assert BADGE.findall(page.content.decode()) == ["error", "will be created", "will be changed"]
    data = file_of("nina,Nina,nina@example.com,,Administrator,,", "lena,Lena Lang,lena@example.com,,,,")
    assert "Import complete: 1 created, 1 changed." in bring(olivia, data)


def test_created_and_changed_with_one_row_for_each_change(olivia, lena, contract, mailoutbox, rows):
    make_role(contract, "users.show", name="Viewers")
    text = bring(
        olivia,
        file_of(
            "nina,Nina Neu,nina@example.com,new here,Viewers,no,active",
            "paul,Paul,,,administrator,,",
            "olga,Olga,olga@example.com,,Viewers,YES,deactivated",
            'lena,"Lena Lang",lena@example.com,"two\r\nlines",Viewers,no,deactivated',
        ),
    )
    assert "Import complete: 3 created, 1 changed." in text
    nina, paul, olga = (User.objects.get(username=name) for name in ("nina", "paul", "olga"))
    assert (nina.name, nina.email, nina.description, nina.role.name) == (
        *("Nina Neu", "nina@example.com", "new here"),
        "Viewers",
    )
    assert (nina.two_factor_required, nina.is_active, nina.has_usable_password()) == (False, True, False)
    assert (paul.two_factor_required, paul.is_active, paul.has_usable_password()) == (True, True, False)
    assert not olga.is_active
    after = User.objects.get(pk=lena.pk)
    assert (after.name, after.description, after.role.name) == ("Lena Lang", "two\nlines", "Viewers")
    assert (after.two_factor_required, after.is_active) == (False, False)
    assert sorted(row[0] for row in rows() if row[3] == "lena") == [
        *("two_factor_required", "user_description", "user_name", "user_role", "user_state")
    ]
    assert [row for row in rows() if row[0] == "user_created"] == [
        ("user_created", "ok", "owner", name) for name in ("nina", "paul", "olga")
    ]
    assert [row for row in rows() if row[0] == "invited"] == [("invited", "ok", "owner", "nina")]
    assert rows()[-1][0] == "users_imported"
    assert AuditRow.objects.last().detail == {"created": 3, "changed": 1}
    assert sorted(m.to[0] for m in mailoutbox) == ["lena@example.com", "lena@example.com", "nina@example.com"]


def test_one_refused_row_and_nothing_is_imported(olivia, lena, rows):
    before = people()
    page = upload(olivia, file_of("lena,Changed,,,,,", "bad name,X,,,Administrator,,"))
    assert 'name="confirm"' not in page.content.decode()
    answer = confirm(olivia, page)
    assert answer.status_code == 200
    assert "Nothing is imported while a row has an error" in words(answer)
    assert people() == before
    assert rows() == []


def test_the_refused_rows_come_back_with_the_reason_and_can_be_sent_again(olivia, lena, contract):
    page = upload(olivia, file_of("lena,=Changed,,,,,", "'=bad,'=X,,,Administrator,,", "zoe,Zoe,,,Nobodies,,"))
    answer = olivia.post(IMPORT, {"sealed": sealed_in(page), "refused": "yes"})
    assert "attachment" in answer["Content-Disposition"]
    data = answer.getvalue()
    header, bad, zoe = csv.reader(StringIO(data.decode("utf-8-sig"), newline=""))
    assert header == [*HEADER.split(","), "reason"]
    assert bad[:2] == ["'=bad", "'=X"]
    assert "Use only letters" in bad[-1]
    assert zoe[-1] == "role: There is no role with this name."
    make_role(contract, "users.show", name="Nobodies")
    assert outcomes(upload(olivia, data)) == [("=bad", "refused"), ("zoe", "created")]


def test_what_was_exported_changes_nothing(olivia, contract, rows):
    role = make_role(contract, "users.show", name="=role")
    for number, text in enumerate(["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "'x", 'a"b,c\nline', " blanks "]):
        make_member(contract, f"-u{number}", name=text, description=text, role=role, email=f"u{number}@example.com")
    data = olivia.get(EXPORT).getvalue()
    before, known = people(), len(rows())
    page = upload(olivia, data)
    assert {kind for _, kind in outcomes(page)} == {"unchanged"}
    assert "Nothing to import" in words(page)
    assert people() == before
    User.objects.filter(username="-u3").update(name="other")
    assert "0 created, 1 changed" in bring(olivia, data)
    changed = {"name_key": None, "profile_changed_at": None}
    assert [user | changed for user in people()] == [user | changed for user in before]
    assert [row[0] for row in rows()[known:]] == ["user_name", "users_imported"]


def test_a_spreadsheet_may_write_semicolons_and_a_mark_of_bytes(olivia, administrator):
    data = "\ufeffusername;name;role\r\nnina;Nína, née Neu;Administrator\r\n"
    bring(olivia, data.encode())
    assert User.objects.get(username="nina").name == "Nína, née Neu"


def test_a_new_email_waits_to_be_confirmed_and_an_empty_one_goes_at_once(olivia, contract, lena, mailoutbox):
    mona = make_member(contract, "mona", email="mona@example.com")
    data = file_of("lena,new@example.com", "mona,", header="username,email")
    bring(olivia, data)
    lena, mona = User.objects.get(pk=lena.pk), User.objects.get(pk=mona.pk)
    assert (lena.email, lena.pending_email) == ("lena@example.com", "new@example.com")
    assert mona.email == ""
    assert sorted(m.to[0] for m in mailoutbox) == ["mona@example.com", "new@example.com"]
    assert {kind for _, kind in outcomes(upload(olivia, data))} == {"unchanged"}


@pytest.mark.parametrize(
    ("before", "cells", "kind"),
    [
        (False, "new@example.com,", "refused"),
        (True, "new@example.com,deactivated", "refused"),
        (False, "new@example.com,active", "changed"),
        (False, ",", "changed"),
        (True, ",deactivated", "changed"),
    ],
)
def test_a_new_email_needs_a_user_who_is_active_after_the_row(olivia, lena, mailoutbox, before, cells, kind):
    User.objects.filter(pk=lena.pk).update(is_active=before)
    data = file_of(f"lena,{cells}", header="username,email,state")
    shown = upload(olivia, data)
    assert outcomes(shown) == [("lena", kind)]
    if kind == "refused":
        assert "email: The new email address of a deactivated user can&#x27;t be confirmed." in words(shown)
        return
    confirm(olivia, shown)
    lena = User.objects.get(pk=lena.pk)
    new = "new@example.com" if "new" in cells else ""
    assert (lena.email or lena.pending_email, lena.pending_email) == ("lena@example.com" if new else "", new)
    assert [mail for mail in mailoutbox if mail.to == [new]] or not new


def test_without_mail_a_deactivated_user_gets_a_new_email_by_a_file(olivia, lena, settings):
    settings.MAIL_ENABLED = False
    User.objects.filter(pk=lena.pk).update(is_active=False)
    bring(olivia, file_of("lena,new@example.com", header="username,email"))
    assert User.objects.get(pk=lena.pk).email == "new@example.com"


def test_who_is_deactivated_in_the_very_moment_takes_the_whole_import_back(olivia, lena, rows):
    page = upload(olivia, file_of("lena,Lena Lang,new@example.com", header="username,name,email"))
    asleep = User.objects.filter(pk=lena.pk)
    with meanwhile(lambda: asleep.update(is_active=False), before='UPDATE "accounts_user" SET "pending_email"'):
        answer = confirm(olivia, page)
    assert "Something has changed since" in words(answer)
    assert User.objects.get(pk=lena.pk).name == "Lena"
    assert rows() == []


def test_the_mailed_link_to_a_new_email_lives_though_more_changes_in_the_same_row(olivia, lena, mailoutbox):
    bring(olivia, file_of("lena,new@example.com,no", header="username,email,two_factor_required"))
    body = next(m.body for m in mailoutbox if m.to == ["new@example.com"])
    Person(lena).post(re.search(r"http://127\.0\.0\.1:8000(/\S+)", body)[1])
    assert User.objects.get(pk=lena.pk).email == "new@example.com"


def test_without_mail_the_page_names_who_was_not_mailed(olivia, lena, settings, administrator):
    settings.MAIL_ENABLED = False
    page = upload(olivia, file_of("nina,Nina,nina@example.com,Administrator", header="username,name,email,role"))
    assert told(page)["nina"][0].startswith("No invitation is sent because this panel has no mail server.")
    assert "could not be mailed to: nina." in words(olivia.get(confirm(olivia, page).url))
    assert User.objects.get(username="nina").email == "nina@example.com"


# Who may what.


def test_a_sub_user_decides_nothing_about_2fa(adam, lena):
    header = "username,name,role,two_factor_required"
    page = upload(adam, file_of("nina,Nina,Administrator,no", "lena,Lena,Administrator,no", header=header))
    assert {kind for _, kind in outcomes(page)} == {"refused"}
    assert why(page).count("two_factor_required: Only the account owner can change this.") == 2
    assert "0 will be changed" in words(upload(adam, file_of("lena,Lena,Administrator,yes", header=header)))
    bring(adam, file_of("nina,Nina,Administrator,yes", "zoe,Zoe,Administrator,", header=header))
    assert User.objects.filter(username__in=["nina", "zoe"], two_factor_required=True).count() == 2


@pytest.mark.parametrize(
    ("column", "value", "permission"),
    [
        ("name", "Changed", "users.set_name"),
        ("email", "changed@example.com", "users.set_email"),
        ("description", "changed", "users.set_description"),
        ("role", "Other", "users.change_role"),
        ("state", "deactivated", "users.disable"),
    ],
)
def test_each_changed_column_needs_its_own_right(somebody, contract, column, value, permission):
    low = make_role(contract, name="Low")
    make_role(contract, name="Other")
    make_member(contract, "nina", role=low)
    data = file_of(f"nina,{value}", header=f"username,{column}")
    may_not = somebody(*ALL_PERMISSIONS - {permission}, username="maynot")
    page = upload(may_not, data)
    assert outcomes(page) == [("nina", "refused")]
    assert why(page) == f"{column}: Your role doesn't allow this."
    may = somebody("users.show", "users.create", permission, username="may")
    assert outcomes(upload(may, data)) == [("nina", "changed")]
    assert "1 changed" in bring(may, data)


def test_to_create_needs_the_right_to_and_the_page_too(somebody, lena):
    sam = somebody(*ALL_PERMISSIONS - {"users.create"})
    assert sam.get(IMPORT).status_code == 403
    assert upload(sam, file_of("lena,Changed", header="username,name")).status_code == 403


def test_nobody_gains_or_gives_rights_they_lack(somebody, lena, contract):
    sam = somebody(*ALL_PERMISSIONS - {"logs.show"})
    before = people()
    new = file_of("nina,Nina,Administrator", header="username,name,role")
    assert "it has permissions that you don't have" in why(upload(sam, new))
    for column, value in (("email", "x@example.com"), ("state", "deactivated"), ("role", "Low")):
        make_role(contract, name="Low") if column == "role" else None
        page = upload(sam, file_of(f"lena,{value}", header=f"username,{column}"))
        assert why(page) == f"{column}: This user has permissions that you don't have."
        assert confirm(sam, page).status_code == 200
    assert people() == before


def test_ones_own_row_and_the_owners_are_refused_where_they_would_change(adam, owner):
    page = upload(adam, file_of("adam,Adam X", "owner,Olivia X", header="username,name"))
    assert why(page) == (
        "This is your own account. Change it in your profile. | This is the account owner. An import can't "
        "change this account."
    )
    assert outcomes(upload(adam, file_of("adam,Adam", header="username,name"))) == [("adam", "unchanged")]


def test_another_contracts_users_are_taken_names_and_never_touched(olivia, stranger, owner):
    foreign = make_member(User.objects.get(username="stranger").contracts.get(), "foreign", name="Foreign")
    page = upload(olivia, file_of("FOREIGN,X,Administrator", "stranger,X,Administrator", header="username,name,role"))
    assert why(page).count("This username is taken.") == 2
    confirm(olivia, page)
    assert User.objects.get(pk=foreign.pk).name == "Foreign"


def test_it_asks_for_a_fresh_proof_and_the_rehearsal_is_not_lost(olivia, administrator):
    page = upload(olivia, file_of("nina,Nina,Administrator", header="username,name,role"))
    with travel(timezone.now() + timedelta(minutes=6), tick=True):
        answer = confirm(olivia, page)
        assert answer.url.startswith("/confirm/")
        assert not User.objects.filter(username="nina").exists()
        assert olivia.post(answer.url, {"password": PASSWORD, "next": IMPORT}).url == IMPORT
        again = olivia.get(IMPORT)
        assert outcomes(again) == [("nina", "created")]
        assert confirm(olivia, again).status_code == 302
    assert User.objects.filter(username="nina").exists()


# What goes back and forth is sealed, and looked at anew.


def test_a_rehearsal_is_good_for_its_person_and_contract_and_for_an_hour(olivia, adam, stranger, administrator):
    data = file_of("nina,Nina,Administrator", header="username,name,role")
    sealed = sealed_in(upload(olivia, data))
    for person, text in ((adam, sealed), (stranger, sealed), (olivia, sealed[:-2]), (olivia, "x" + sealed)):
        answer = person.post(IMPORT, {"sealed": text, "confirm": "yes"})
        assert answer.url == IMPORT
        assert "Choose the file again." in words(person.get(IMPORT))
    with travel(timezone.now() + timedelta(minutes=61), tick=True):
        olivia.log_in()
        assert olivia.post(IMPORT, {"sealed": sealed, "confirm": "yes"}).url == IMPORT
    assert not User.objects.filter(username="nina").exists()


def test_what_has_changed_since_is_shown_again_and_not_imported(olivia, lena, rows):
    page = upload(olivia, file_of("lena,Lena Lang", header="username,name"))
    User.objects.filter(pk=lena.pk).update(name="Somebody")
    answer = confirm(olivia, page)
    assert "Something has changed since" in words(answer)
    assert User.objects.get(pk=lena.pk).name == "Somebody"
    assert rows() == []
    assert confirm(olivia, answer).status_code == 302
    assert User.objects.get(pk=lena.pk).name == "Lena Lang"


def test_the_same_rehearsal_twice_imports_once(olivia, administrator, rows):
    page = upload(olivia, file_of("nina,Nina,Administrator", header="username,name,role"))
    assert confirm(olivia, page).status_code == 302
    assert confirm(olivia, page).status_code == 200
    assert [row[0] for row in rows()].count("users_imported") == 1


def test_a_role_that_loses_its_name_in_between_imports_nothing(olivia, contract):
    role = make_role(contract, "users.show", name="Viewers")
    page = upload(olivia, file_of("nina,Nina,Viewers", "paul,Paul,Administrator", header="username,name,role"))
    role.delete()
    assert confirm(olivia, page).status_code == 200
    assert not User.objects.filter(username__in=["nina", "paul"]).exists()


def test_whoever_goes_in_the_very_moment_takes_the_whole_import_back(contract, owner, lena, rows):
    table = exchange.read(
        file_of("nina,Nina,Administrator", "lena,Lena Lang,Administrator", header="username,name,role")
    )
    lines = rehearsal.rehearse(table, contract, Viewer(owner.pk, ALL_PERMISSIONS, is_owner=True))
    assert imports.may_apply(lines)
    User.objects.filter(pk=lena.pk).delete()
    with pytest.raises(imports.Moved):
        imports.apply(lines, actor=owner, contract=contract, origin=SERVER)
    assert not User.objects.filter(username="nina").exists()
    assert rows() == []


def test_a_name_that_is_taken_in_the_very_moment_does_too(contract, owner, administrator, rows):
    table = exchange.read(file_of("paul,Paul,Administrator", "nina,Nina,Administrator", header="username,name,role"))
    lines = rehearsal.rehearse(table, contract, Viewer(owner.pk, ALL_PERMISSIONS, is_owner=True))
    make_member(contract, "NINA")
    with pytest.raises(imports.Moved):
        imports.apply(lines, actor=owner, contract=contract, origin=SERVER)
    assert not User.objects.filter(username="paul").exists()
    assert rows() == []


def told(response) -> dict[str, list[str]]:
    return {line.username: line.consequences for line in response.context["lines"]}


def test_f34_the_preview_says_what_each_row_brings_with_it(olivia, contract, administrator):
    active = timezone.now()
    for username, fields in {
        "app": {"two_factor_active_since": active},
        "pending": {},
        "free": {"two_factor_required": False},
        "busy": {"two_factor_active_since": active},
    }.items():
        make_member(contract, username, name=username, **fields)
    page = upload(
        olivia,
        "username,name,email,role,two_factor_required,state\r\n"
        "app,app,,Administrator,no,active\r\n"
        "pending,pending,,Administrator,no,active\r\n"
        "free,free,free@example.com,Administrator,yes,active\r\n"
        "busy,busy,,Administrator,yes,deactivated\r\n"
        "new,New,,Administrator,yes,active\r\n"
        "mailed,Mailed,m@example.com,Administrator,yes,active\r\n"
        "later,Later,l@example.com,Administrator,yes,deactivated\r\n",
    )
    assert told(page) == {
        "app": [
            "The authenticator app, security keys and recovery codes are removed.",
            "The user is logged out everywhere.",
        ],
        "pending": ["The user is logged out everywhere."],
        "free": [
            "The user must set up a second factor before using the panel.",
            "The new email takes effect when the user confirms it.",
        ],
        "busy": ["The user is logged out everywhere."],
        "new": ["Without an email nobody can log in to this account until a password is set."],
        "mailed": ["An invitation will be sent."],
        "later": ["No invitation is sent because the account is deactivated."],
    }
    for sentences in told(page).values():
        assert all(sentence in words(page) for sentence in sentences)


def test_the_preview_says_whom_another_email_logs_out(olivia, contract, settings):
    make_member(contract, "pia", email="pia@example.com")
    make_member(contract, "ida", email="ida@example.com")
    table = file_of("pia,", "ida,new@example.com", header="username,email")
    assert told(upload(olivia, table)) == {
        "pia": ["The user is logged out everywhere."],
        "ida": ["The new email takes effect when the user confirms it."],
    }
    settings.MAIL_ENABLED = False
    assert told(upload(olivia, table)) == {
        "pia": ["The user is logged out everywhere."],
        "ida": ["The user is logged out everywhere."],
    }


def test_f34_an_authenticator_that_came_meanwhile_is_shown_first(olivia, contract, administrator):
    pia = make_member(contract, "pia", name="Pia")
    page = upload(olivia, "username,two_factor_required\r\npia,no\r\n")
    assert told(page) == {"pia": ["The user is logged out everywhere."]}
    User.objects.filter(pk=pia.pk).update(two_factor_active_since=timezone.now())
    again = confirm(olivia, page)
    assert "Something has changed" in words(again)
    assert told(again)["pia"][0] == "The authenticator app, security keys and recovery codes are removed."
    assert User.objects.get(pk=pia.pk).two_factor_active
    assert confirm(olivia, again).status_code == 302


def test_a_plan_whose_time_comes_before_the_import_is_shown_first(clock, olivia, contract):
    soon = timezone.now() + timedelta(minutes=3)
    more = {"two_factor_required_from": soon, "two_factor_active_since": timezone.now()}
    nina = make_member(contract, "nina", **more)
    page = upload(olivia, "username,two_factor_required\r\nnina,no\r\n")
    assert told(page) == {"nina": ["The plan is withdrawn; nothing is cleared."]}
    clock.shift(timedelta(minutes=4))
    again = confirm(olivia, page)
    assert "Something has changed" in words(again)
    assert told(again)["nina"][0] == "The authenticator app, security keys and recovery codes are removed."
    assert User.objects.get(pk=nina.pk).two_factor_active
    assert confirm(olivia, again).status_code == 302
    assert not User.objects.get(pk=nina.pk).two_factor_active


def test_a_preview_holds_in_another_language(olivia, contract):
    make_member(contract, "pia", name="Pia")
    page = upload(olivia, "username,two_factor_required\r\npia,no\r\n")
    olivia.post("/language/", {"language": "de"})
    assert "Benutzer" in words(olivia.get(USERS))
    assert confirm(olivia, page).status_code == 302


def test_a_role_that_is_deleted_in_the_very_moment_takes_the_whole_import_back(olivia, lena, contract, rows):
    viewers = make_role(contract, "users.show", name="Viewers")
    page = upload(olivia, file_of("lena,Lena Lang,Viewers", header="username,name,role"))
    with meanwhile(viewers.delete, before='AS "a" FROM "accounts_role"'):
        answer = confirm(olivia, page)
    assert "Something has changed since" in words(answer)
    assert User.objects.get(pk=lena.pk).name == "Lena"
    assert rows() == []


def test_without_the_button_nothing_is_imported(olivia, lena):
    page = upload(olivia, file_of("lena,Lena Lang", header="username,name"))
    answer = olivia.post(IMPORT, {"sealed": sealed_in(page)})
    assert outcomes(answer) == [("lena", "changed")]
    assert User.objects.get(pk=lena.pk).name == "Lena"


def test_a_file_that_changes_nothing_is_no_import(olivia, lena, rows):
    page = upload(olivia, file_of("lena,Lena", header="username,name"))
    assert outcomes(confirm(olivia, page)) == [("lena", "unchanged")]
    assert rows() == []
