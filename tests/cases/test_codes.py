"""CASES: replay, QR code and secret, input, what lies in the session."""

import base64
import json
import time
import zlib
from io import BytesIO

import pytest
import time_machine
import zxingcpp
from PIL import Image

from accounts.models import AuditRow, Session
from tests.factories import PASSWORD
from tests.people import KEY, code_of, words
from twofactor import totp

FULL_WIDTH = str.maketrans("0123456789", "".join(chr(0xFF10 + i) for i in range(10)))


def pending_login(person):
    browser = person.another_browser()
    browser.start_login()
    return browser


def test_c17_a_code_opens_one_session(active):
    first, second = pending_login(active), pending_login(active)
    code = code_of(active.key)
    assert first.post("/login/code/", {"code": code}).url == "/"
    answer = second.post("/login/code/", {"code": code})
    assert "This code was already used. Wait for the next one, at most 30 seconds." in words(answer)
    assert "Server time" in words(answer)
    assert not second.is_in()
    answer = first.post("/confirm/", {"password": PASSWORD, "code": code})
    assert "already used" in words(answer)
    rows = AuditRow.objects.filter(event="code_replayed", outcome="refused")
    assert rows.count() == 2


def test_a_replay_costs_no_attempt(active):
    used = code_of(active.key)
    pending_login(active).post("/login/code/", {"code": used})
    browser = pending_login(active)
    for _ in range(12):
        assert browser.post("/login/code/", {"code": used}).status_code == 200
    assert browser.post("/login/code/", {"code": code_of(active.key, 1)}).url == "/"


def test_a_repeat_in_the_session_that_it_opened_is_led_on(active):
    browser = active.another_browser()
    browser.start_login(next="/profile/security/")
    old_cookie = browser.client.cookies["sessionid"].value
    code = code_of(active.key)
    assert browser.post("/login/code/", {"code": code}).url == "/profile/security/"
    assert browser.post("/login/code/", {"code": code}).url == "/profile/security/"
    browser.client.cookies["sessionid"] = old_cookie
    answer = browser.client.post("/login/code/", {"code": code}, follow=True)
    assert "You have already logged in with this code." in words(answer)
    assert not browser.is_in()


def test_only_a_later_step_is_accepted(active):
    assert pending_login(active).post("/login/code/", {"code": code_of(active.key, 1)}).url == "/"
    assert pending_login(active).post("/login/code/", {"code": code_of(active.key, 0)}).status_code == 200


def test_c28_the_qr_code_is_one_that_strict_apps_accept(pending):
    pending.start_login()
    page = pending.get("/two-factor/setup/").content.decode()
    picture = page.split('src="data:image/png;base64,')[1].split('"')[0]
    text = zxingcpp.read_barcodes(Image.open(BytesIO(base64.b64decode(picture))))[0].text
    assert text.startswith("otpauth://totp/Cloud%20Panel:paul?secret=")
    assert text.count(":") == 2
    secret = KEY.search(page)[1]
    assert f"secret={secret}&issuer=Cloud%20Panel&algorithm=SHA1&digits=6&period=30" in text
    assert totp.groups_of_four(secret) in words(pending.get("/two-factor/setup/"))


@pytest.mark.django_db(transaction=True)
def test_c30_the_key_is_in_no_address_and_no_log_line(pending, log, capfd):
    pending.start_login()
    page = pending.get("/two-factor/setup/").content.decode()
    secret = KEY.search(page)[1]
    sources = [part.split('"')[0] for part in page.split('src="')[1:]]
    assert all(source.startswith(("/static/", "data:image/png")) for source in sources)
    pending.post("/two-factor/setup/", {"code": code_of(base64.b32decode(secret))})
    assert {"two_factor_activated", None} <= {row.get("event") for row in log.rows()}
    assert secret not in log.text()
    assert secret not in "".join(capfd.readouterr())
    assert secret not in json.dumps(list(AuditRow.objects.values("detail", "target_label", "actor_label")))


def test_c32_a_leading_zero_belongs_to_the_code(active):
    now = int(time.time())
    moment = next(t for t in range(now + 60, now + 10_000_000, 30) if totp.code_at(active.key, t // 30)[0] == "0")
    with time_machine.travel(moment, tick=False):
        browser = pending_login(active)
        code = code_of(active.key)
        assert browser.post("/login/code/", {"code": code[1:]}).status_code == 200
        assert browser.post("/login/code/", {"code": code}).url == "/"
    assert 'inputmode="numeric"' in pending_login(active).get("/login/code/").content.decode()
    assert 'type="number"' not in pending_login(active).get("/login/code/").content.decode()


@pytest.mark.parametrize(
    "spell", ["{0}{1}", "{0} {1}", "{0}-{1}", " {0}{1}\r\n", "{0}\u00a0{1}", "\u200e{0}{1}", "{0}\u2011{1}"]
)
def test_c33_every_spelling_of_a_right_code_is_accepted(active, spell):
    code = code_of(active.key)
    assert pending_login(active).post("/login/code/", {"code": spell.format(code[:3], code[3:])}).url == "/"


@pytest.mark.parametrize(
    "spell", [str.lower, lambda c: c.replace("-", ""), lambda c: c.replace("-", "  "), lambda c: f"\t{c}\r\n"]
)
def test_c33_every_spelling_of_a_recovery_code_is_accepted(active, spell):
    answer = pending_login(active).post(
        "/login/recovery/", {"recovery_code": spell(active.codes[0]), "action": "sign_in"}
    )
    assert answer.url == "/"


def test_c33_a_misplaced_code_is_refused_with_a_pointer(active):
    browser = pending_login(active)
    answer = browser.post("/login/recovery/", {"recovery_code": code_of(active.key), "action": "sign_in"})
    assert "looks like a code from your app" in words(answer)
    answer = browser.post("/login/code/", {"code": active.codes[0]})
    assert "looks like a recovery code" in words(answer)
    assert AuditRow.objects.filter(event="sign_in_code", outcome="failed").count() == 2


@pytest.mark.parametrize("spell", ["+12345", "12_345", "1234567", "12345", "0x1234", "12.456", "١٢٣٤٥٦"])
def test_what_is_not_six_ascii_digits_is_refused_and_counted(active, spell):
    answer = pending_login(active).post("/login/code/", {"code": spell})
    assert answer.status_code == 200
    assert AuditRow.objects.filter(event="sign_in_code", outcome="failed").count() == 1


def test_full_width_digits_are_refused(active):
    answer = pending_login(active).post("/login/code/", {"code": code_of(active.key).translate(FULL_WIDTH)})
    assert answer.status_code == 200


def test_an_empty_field_is_only_a_field_error(active):
    browser = pending_login(active)
    for _ in range(8):
        assert browser.post("/login/code/", {"code": ""}).status_code == 200
    assert not AuditRow.objects.filter(outcome="failed").exists()
    assert browser.post("/login/code/", {"code": code_of(active.key)}).url == "/"


def test_c44_neither_password_nor_code_nor_key_lies_in_the_session(active, pending):
    rare = "Zq§Zq§Zq§Zq§Zq§Zq"
    user = pending.username
    from accounts.models import User

    account = User.objects.get(username=user)
    account.set_password(rare)
    account.save(update_fields=["password"])
    pending.password = rare
    pending.start_login()
    secret = KEY.search(pending.get("/two-factor/setup/").content.decode())[1]
    browser = pending_login(active)
    browser.post("/login/code/", {"code": "000000"})
    stored = "".join(_readable(row.session_data) for row in Session.objects.all())
    cookies = str(pending.client.cookies) + str(browser.client.cookies)
    assert str(account.pk) in stored
    for hidden in (rare, "Zq§Zq", secret, PASSWORD, code_of(active.key)):
        assert hidden not in stored + cookies


def _readable(data: str) -> str:
    body = data.rsplit(":", 2)[0]
    packed = base64.urlsafe_b64decode(body.lstrip(".") + "==")
    return data + (zlib.decompress(packed) if body.startswith(".") else packed).decode()


def test_c58_clock_trouble_is_named_at_the_set_up_only(pending, active):
    with time_machine.travel("2026-11-25 12:00:10Z", tick=False) as clock:
        pending.start_login()
        key = pending.read_key()
        for steps, hint in ((-10, "5 minutes behind"), (-2, "1 minute behind"), (2, "1 minute ahead")):
            assert hint in words(pending.post("/two-factor/setup/", {"code": code_of(key, steps)}))
        ahead = code_of(key, 10)
        assert "5 minutes ahead" in words(pending.post("/two-factor/setup/", {"code": ahead}))
        assert "Incorrect code." in words(pending.post("/two-factor/setup/", {"code": code_of(key, -11)}))
        assert pending.post("/two-factor/setup/", {"code": code_of(key)}).status_code == 429
        assert AuditRow.objects.filter(event="two_factor_setup_code", outcome="failed").count() == 5
        clock.shift(300)
        assert "Incorrect code." in words(pending.post("/two-factor/setup/", {"code": ahead}))
        assert "Incorrect code." in words(pending_login(active).post("/login/code/", {"code": code_of(active.key, 5)}))


@pytest.mark.parametrize("page", ["login", "confirm"])
def test_s11_a_step_that_a_hint_named_is_taken_nowhere(pending, page):
    """After the activation, no page takes it when its time comes. (The setup page: `test_c58_…`.)"""
    with time_machine.travel("2026-11-25 12:00:10Z", tick=False) as clock:
        pending.start_login()
        pending.key = pending.read_key()
        named = code_of(pending.key, 5)
        assert "ahead" in words(pending.post("/two-factor/setup/", {"code": named}))
        clock.shift(60)
        assert pending.post("/two-factor/setup/", {"code": code_of(pending.key)}).url == "/two-factor/activated/"
        clock.shift(90)
        assert named == code_of(pending.key)
        other = pending_login(pending) if page == "login" else pending
        answer = other.post(
            *{
                "login": ("/login/code/", {"code": named}),
                "confirm": ("/confirm/", {"password": PASSWORD, "code": named}),
            }[page]
        )
        assert "Incorrect code." in words(answer)
        clock.shift(30)
        assert pending_login(pending).post("/login/code/", {"code": code_of(pending.key)}).url == "/"


def test_s11_a_new_phone_is_not_bound_by_the_steps_of_the_old_one(pending):
    with time_machine.travel("2026-11-25 12:00:10Z", tick=False) as clock:
        pending.start_login()
        pending.key = pending.read_key()
        pending.post("/two-factor/setup/", {"code": code_of(pending.key, 5)})
        pending.post("/two-factor/setup/", {"code": code_of(pending.key)})
        pending.post("/two-factor/activated/")
        clock.shift(120)
        pending.enrol_logged_in()
        clock.shift(30)
        assert pending_login(pending).post("/login/code/", {"code": code_of(pending.key)}).url == "/"


ARABIC = "".join(chr(0x0660 + digit) for digit in range(1, 7))
NO_CODES = [
    "1" * 10_000,
    "123456\0",
    "\0",
    "1" * 201,
    "\u200e",
    "123456".translate(FULL_WIDTH),
    "12345",
    "abcdef",
    "12345O",
    ARABIC,
]
SIX_DIGITS = "Incorrect code. A code is six digits from 0 to 9."
RECOVERY_CODE = "This recovery code is incorrect or was already used. Each code works once."


@pytest.mark.parametrize("text", NO_CODES)
def test_s12_what_is_no_code_is_refused_and_counted_at_every_door(active, pending, text):
    setting_up = pending
    setting_up.start_login()
    doors = [
        (pending_login(active), "/login/code/", {"code": text}, "code"),
        (pending_login(active), "/login/recovery/", {"recovery_code": text, "action": "sign_in"}, "recovery_code"),
        (active, "/confirm/", {"password": PASSWORD, "code": text}, "code"),
        (active, "/confirm/", {"password": PASSWORD, "recovery_code": text}, "recovery_code"),
        (setting_up, "/two-factor/setup/", {"code": text}, "code"),
    ]
    refused = AuditRow.objects.filter(outcome="failed")
    so_far = refused.count()
    for number, (browser, address, form, field) in enumerate(doors, 1):
        before = browser.post(address, form | {field: "000000" if field == "code" else "0" * 25})
        answer = browser.post(address, form)
        assert answer.status_code == before.status_code == 200
        sentence = SIX_DIGITS if field == "code" else RECOVERY_CODE
        assert answer.context["form"].errors == {field: [sentence]}
        assert refused.count() == so_far + 2 * number


def test_six_digits_that_are_incorrect_are_not_explained(active, pending):
    """Nor are they with the spaces that apps show."""
    pending.start_login()
    browser = pending_login(active)
    for text in ("000000", "000 000"):
        for answer in (
            browser.post("/login/code/", {"code": text}),
            pending.post("/two-factor/setup/", {"code": text}),
            active.post("/confirm/", {"password": PASSWORD, "code": text}),
        ):
            errors = {"code": ["Incorrect code. Enter the code that your app shows now."]}
            assert answer.context["form"].errors == errors


def test_s12_a_long_code_is_the_fifth_free_one(active):
    browser = pending_login(active)
    for text in [*NO_CODES[:4], "000000"]:
        assert browser.post("/login/code/", {"code": text}).status_code == 200
    assert browser.post("/login/code/", {"code": code_of(active.key)}).status_code == 429


INVISIBLE = ["\u200e", "\u200f", "\u202a", "\u2066", "\u2069", "\ufeff", "\u00ad", "\u200b", "\u2060"]
DASHES_AND_SPACES = ["\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2212", "\ufe63", "\uff0d", "\u3000", "\u2009"]


@pytest.mark.parametrize("sign", INVISIBLE + DASHES_AND_SPACES)
def test_f25_what_a_paste_brings_along_is_passed_over(active, sign):
    code = code_of(active.key)
    assert pending_login(active).post("/login/code/", {"code": f"{sign}{code[:3]}{sign}{code[3:]}{sign}"}).url == "/"
    recovery_code = sign + active.codes[0].replace("-", sign) + sign
    answer = pending_login(active).post("/login/recovery/", {"recovery_code": recovery_code, "action": "sign_in"})
    assert answer.url == "/"
