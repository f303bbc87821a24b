"""Throttling as people and attackers meet it: real pages, real codes, a clock that is set."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher

from accounts.models import Attempts, AuditRow, Event, User
from accounts.origin import SERVER, Origin
from accounts.throttling import budgets, locks
from accounts.users.services import set_password
from tests.factories import PASSWORD, make_member, make_owner
from tests.people import Person, code_of, words
from twofactor.factors import recovery_codes
from twofactor.login import throttles

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
WRONG = "not-the-password-of-anybody"


@pytest.fixture
def contract():
    return make_owner().contracts.get()


@pytest.fixture
def lena(contract, clock):
    """2FA required and active. The code of this step is free."""
    person = Person(make_member(contract)).enrol()
    clock.shift(60)
    return person


@pytest.fixture
def otto(contract):
    """Logs in by password alone."""
    return Person(make_member(contract, "otto", two_factor_required=False))


def stranger(username: str, ip: str = "192.0.2.1") -> Person:
    return Person(username, ip=ip, password=WRONG)


def is_wait(response, seconds: int | None = None) -> bool:
    if response.status_code != 429:
        assert response.status_code in (200, 302), response.status_code
        return False
    stated = int(response["Retry-After"])
    assert "Too many attempts. Try again in" in words(response)
    assert "<form" in response.content.decode()
    return seconds is None or stated == seconds


def get_a_new_password(person: Person) -> None:
    """From the operator, as it could be from the account owner."""
    person.password = "seven brave otters"
    user = User.objects.select_related("contract", "role").get(username=person.username)
    set_password(actor=None, target=user, password=person.password, must_change_password=False, origin=SERVER)


def tries_until_wait(attempt, limit: int = 300) -> int:
    """How many attempts are evaluated before one is answered with a wait."""
    for count in range(limit):
        if is_wait(attempt()):
            return count
    raise AssertionError("no wait")


def rows(event: Event) -> int:
    return AuditRow.objects.filter(event=event).count()


class TestThePasswordStep:
    def test_five_wrong_passwords_are_free_for_an_account_from_an_address(self, otto):
        assert tries_until_wait(stranger("otto").start_login) == 5

    def test_the_waits_are_30_60_120_up_to_900_seconds(self, otto, clock):
        attacker = stranger("otto")
        for _ in range(5):
            attacker.start_login()
        for seconds in (30, 60, 120, 240, 480, 900, 900):
            assert is_wait(attacker.start_login(), seconds)
            clock.shift(seconds)
            assert not is_wait(attacker.start_login())

    def test_the_form_stays_with_the_name_and_without_the_password(self, otto):
        attacker = stranger("otto")
        for _ in range(5):
            attacker.start_login()
        page = attacker.start_login().content.decode()
        assert 'value="otto"' in page
        assert WRONG not in page

    def test_the_right_password_is_not_evaluated_during_a_wait_and_is_right_after_it(self, otto, clock, monkeypatch):
        for _ in range(5):
            stranger("otto", ip="127.0.0.1").start_login()
        spent = []
        encode = MD5PasswordHasher.encode
        monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: spent.append(1) or encode(*args))
        assert is_wait(otto.start_login(), 30)
        assert not spent
        clock.shift(30)
        assert otto.start_login().url == "/"

    def test_tries_during_a_wait_do_not_make_it_longer(self, otto, clock):
        attacker = stranger("otto")
        for _ in range(5):
            attacker.start_login()
        for left in range(30, 0, -1):
            assert is_wait(attacker.start_login(), left)
            clock.shift(1)
        assert not is_wait(attacker.start_login())

    def test_a_new_browser_a_new_spelling_or_a_new_page_does_not_end_a_wait(self, otto):
        for _ in range(5):
            stranger("otto").start_login()
        for name in ("otto", "OTTO", "Otto", " otto "):
            attacker = stranger(name)
            attacker.get("/login/")
            assert is_wait(attacker.start_login())

    def test_an_unknown_name_waits_alike_and_reads_the_same(self, otto, clock):
        answers = {}
        for name in ("otto", "nobody", "nobody@example.com", "<script>", "ünknown"):
            attacker = stranger(name)
            answers[name] = []
            for _ in range(7):
                response = attacker.start_login()
                text = words(response).replace("otto", "NAME")
                answers[name].append((response.status_code, response.get("Retry-After"), text))
        for given in answers.values():
            assert [a[:2] for a in given] == [a[:2] for a in answers["nobody"]]
            assert [a[2] for a in given] == [a[2] for a in answers["nobody"]]

    def test_a_deactivated_and_an_invited_account_wait_alike(self, contract):
        make_member(contract, "gone", is_active=False)
        invited = make_member(contract, "invited")
        User.objects.filter(pk=invited.pk).update(password="!")
        for name in ("gone", "invited"):
            assert tries_until_wait(stranger(name).start_login) == 5

    def test_20_wrong_passwords_are_free_for_an_account_over_all_addresses(self, otto):
        hosts = iter(range(1, 200))
        assert tries_until_wait(lambda: stranger("otto", ip=f"192.0.2.{next(hosts)}").start_login()) == 20

    def test_100_wrong_passwords_are_free_for_an_address_over_all_accounts(self):
        names = iter(range(200))
        assert tries_until_wait(lambda: stranger(f"user{next(names)}").start_login()) == 100

    def test_an_ipv6_address_counts_by_its_64(self, otto):
        hosts = iter(range(1, 200))
        assert tries_until_wait(lambda: stranger("otto", ip=f"2001:db8:1:2::{next(hosts):x}").start_login()) == 5
        assert not is_wait(stranger("otto", ip="2001:db8:1:3::1").start_login())

    def test_an_ipv4_address_written_as_ipv6_is_the_same_address(self, otto):
        for _ in range(5):
            stranger("otto", ip="192.0.2.9").start_login()
        assert is_wait(stranger("otto", ip="::ffff:192.0.2.9").start_login())

    def test_forged_forwarding_headers_change_nothing(self, otto):
        """C25"""
        attacker, counter = stranger("otto"), iter(range(1, 200))

        def attempt():
            forged = f"198.51.100.{next(counter)}"
            return attacker.client.post(
                "/login/",
                {"username": "otto", "password": WRONG},
                headers={"x-forwarded-for": forged, "forwarded": f"for={forged}", "x-real-ip": forged},
            )

        assert tries_until_wait(attempt) == 5
        assert set(AuditRow.objects.filter(outcome="failed").values_list("ip", flat=True)) == {"192.0.2.1"}

    def test_one_row_a_wait_is_written_however_many_tries_it_refuses(self, otto, clock):
        attacker = stranger("otto")
        for _ in range(30):
            attacker.start_login()
        assert rows(Event.THROTTLED) == 1
        clock.shift(30)
        for _ in range(30):
            attacker.start_login()
        assert rows(Event.THROTTLED) == 2
        assert rows(Event.SIGN_IN_PASSWORD) == 6

    def test_a_success_resets_the_budget_of_account_and_address(self, otto):
        for _ in range(4):
            for _ in range(4):
                assert not is_wait(stranger("otto", ip="127.0.0.1").start_login())
            assert otto.another_browser().start_login().status_code == 302

    def test_s13_a_login_does_not_show_in_the_count_over_all_addresses(self, otto):
        """19 attempts before it leave one after it, as if nobody had logged in."""
        hosts = iter(range(1, 200))
        for _ in range(19):
            assert not is_wait(stranger("otto", ip=f"192.0.2.{next(hosts)}").start_login())
        otto.log_in()
        otto.another_browser(ip="198.51.100.7").log_in()
        assert tries_until_wait(lambda: stranger("otto", ip=f"192.0.2.{next(hosts)}").start_login()) == 1

    def test_s13_the_count_over_all_addresses_does_not_grow_by_logins(self, otto):
        for number in range(30):
            otto.another_browser(ip=f"198.51.100.{number}").log_in()
        hosts = iter(range(1, 200))
        assert tries_until_wait(lambda: stranger("otto", ip=f"192.0.2.{next(hosts)}").start_login()) == 20

    def test_a_success_does_not_reset_the_address(self, otto):
        """Somebody with one good account can't use it to guess those of others without end."""
        tried = 0
        for name in range(200):
            if is_wait(stranger(f"user{name}", ip="127.0.0.1").start_login()):
                break
            tried += 1
            if tried % 10 == 0 and tried < 100:
                assert otto.another_browser().start_login().status_code == 302
        assert tried == 100

    def test_failures_are_forgotten_after_24_hours(self, otto, clock):
        for _ in range(4):
            stranger("otto").start_login()
        clock.shift(timedelta(hours=24, seconds=1))
        assert tries_until_wait(stranger("otto").start_login) == 5

    def test_unlock_helps_at_once(self, otto):
        for _ in range(5):
            stranger("otto", ip="127.0.0.1").start_login()
        assert is_wait(otto.start_login())
        locks.clear(User.objects.get(username="otto").pk)
        assert otto.start_login().status_code == 302

    def test_unlock_helps_at_once_however_the_attacker_spells_the_name(self, contract):
        """The Kelvin sign becomes a "k" in small letters: the name is no account's, the wait must not be either."""
        kate = make_member(contract, "kate", two_factor_required=False)
        for _ in range(5):
            stranger("\u212aate", ip="127.0.0.1").start_login()
        locks.clear(kate.pk)
        assert not is_wait(Person(kate).start_login())

    def test_a_field_error_is_no_try(self, otto):
        for _ in range(10):
            assert otto.post("/login/", {"username": "otto", "password": ""}).status_code == 200
            assert otto.post("/login/", {"username": "", "password": WRONG}).status_code == 200
        assert otto.start_login().status_code == 302

    def test_a_thousand_tries_from_a_thousand_addresses_evaluate_twenty(self, otto):
        for number in range(1000):
            stranger("otto", ip=f"10.{number // 250}.{number % 250}.1").start_login()
        assert rows(Event.SIGN_IN_PASSWORD) == 20
        assert rows(Event.THROTTLED) == 1

    def test_a_thousand_addresses_do_not_keep_a_known_browser_out(self, lena, clock):
        lena.post("/logout/")
        for number in range(60):
            stranger("lena", ip=f"10.0.{number}.1").start_login()
        assert is_wait(lena.another_browser(ip="10.9.9.9").start_login())
        lena.log_in()
        assert lena.is_in()

    def test_a_known_browser_has_five_free_of_its_own(self, lena):
        lena.post("/logout/")
        lena.password = WRONG
        assert tries_until_wait(lena.start_login) == 5
        assert lena.another_browser().start_login().status_code == 200

    def test_what_a_known_browser_fails_is_no_failure_of_its_address(self, lena):
        lena.post("/logout/")
        lena.password = WRONG
        for _ in range(5):
            lena.start_login()
        assert not budgets.Attempts.objects.filter(kind__in=("password_here", "password_address"), failures__gt=0)

    def test_an_office_of_forty_behind_one_address_is_never_locked(self, contract, clock):
        """Nine typos each within the hour, from browsers that are known; and a newcomer after them."""
        office = [Person(make_member(contract, f"user{n}", two_factor_required=False)) for n in range(40)]
        for person in office:
            person.log_in()
        for _ in range(3):
            clock.shift(timedelta(minutes=20))
            for person in office:
                person.post("/logout/")
                for _ in range(3):
                    assert not is_wait(person.start_login(password=WRONG))
                person.log_in()
        newcomer = Person(make_member(contract, "newcomer", two_factor_required=False))
        assert newcomer.start_login().status_code == 302

    def test_twenty_minutes_of_wrong_passwords_do_not_keep_the_rightful_user_out(self, lena, clock):
        """C23, once from the known browser and once from one that was never seen."""
        lena.post("/logout/")
        attacker = stranger("lena", ip="127.0.0.2")
        for second in range(0, 20 * 60, 5):
            attacker.start_login()
            clock.shift(5)
            if second == 600:
                lena.log_in()
                assert lena.is_in()
        new_browser = lena.another_browser(ip="127.0.0.3")
        new_browser.log_in()
        assert new_browser.is_in()
        assert rows(Event.THROTTLED) >= 5


class TestTheSecondFactor:
    def test_five_wrong_codes_are_free_then_the_waits_double(self, lena, clock):
        other = lena.another_browser()
        other.start_login()
        assert tries_until_wait(lambda: other.post("/login/code/", {"code": "000000"})) == 5
        for seconds in (30, 60, 120):
            assert is_wait(other.post("/login/code/", {"code": "000000"}), seconds)
            clock.shift(seconds)
            other.start_login()
            assert not is_wait(other.post("/login/code/", {"code": "000000"}))

    def test_changing_doors_with_the_password_in_between_gives_no_more_tries(self, lena):
        """C21: code page, recovery page, and a new login with the right password before each attempt."""
        doors = iter([("/login/code/", {"code": "000000"}), ("/login/recovery/", {"recovery_code": "A" * 25})] * 10)

        def attempt():
            other = lena.another_browser()
            other.start_login()
            return other.post(*next(doors))

        assert tries_until_wait(attempt) == 5

    def test_confirm_shares_the_budget_of_its_browser(self, lena):
        """C21 in one browser: the cookie of a logged-in one is carried to a pending login."""
        doors = iter(["code", "confirm-code", "recovery", "confirm-password", "confirm-recovery"] * 2)

        def attempt():
            door = next(doors)
            if door.startswith("confirm"):
                password = WRONG if door == "confirm-password" else PASSWORD
                field = "recovery_code" if door == "confirm-recovery" else "code"
                return lena.post("/confirm/", {"password": password, field: "000000"})
            other = lena.another_browser()
            other.client.cookies["known"] = lena.client.cookies["known"].value
            other.start_login()
            if door == "code":
                return other.post("/login/code/", {"code": "000000"})
            return other.post("/login/recovery/", {"recovery_code": "0" * 25})

        assert tries_until_wait(attempt) == 5

    @pytest.mark.parametrize("text", ["１２３４５６", "+12345", "12_456", "12345", "1234567", "abcdef", "--++--"])
    def test_what_is_no_code_at_all_counts_like_a_wrong_one(self, lena, text):
        other = lena.another_browser()
        other.start_login()
        assert tries_until_wait(lambda: other.post("/login/code/", {"code": text})) == 5

    @pytest.mark.parametrize("text", ["", "   "])
    def test_an_empty_field_is_only_a_field_error(self, lena, text):
        other = lena.another_browser()
        other.start_login()
        for _ in range(10):
            assert other.post("/login/code/", {"code": text}).status_code == 200
        assert other.post("/login/code/", {"code": code_of(lena.key)}).status_code == 302

    def test_a_misplaced_code_is_refused_with_a_pointer_and_counted(self, lena):
        other = lena.another_browser()
        other.start_login()
        assert "recovery code" in words(other.post("/login/code/", {"code": lena.codes[0]}))
        response = other.post("/login/recovery/", {"recovery_code": code_of(lena.key)})
        assert "code from your app" in words(response)
        for _ in range(3):
            other.post("/login/code/", {"code": "000000"})
        assert is_wait(other.post("/login/code/", {"code": "000000"}))
        assert recovery_codes.left(User.objects.get(username="lena")) == 10

    def test_a_right_code_during_a_wait_is_not_spent_and_is_right_after_it(self, lena, clock):
        """C27"""
        other = lena.another_browser()
        other.start_login()
        for _ in range(5):
            other.post("/login/code/", {"code": "000000"})
        assert is_wait(other.post("/login/code/", {"code": code_of(lena.key, 1)}), 30)
        clock.shift(30)
        assert other.post("/login/code/", {"code": code_of(lena.key)}).url == "/"

    def test_a_recovery_code_during_a_wait_is_not_spent_and_is_right_after_it(self, lena, clock):
        other = lena.another_browser()
        other.start_login()
        for _ in range(5):
            other.post("/login/recovery/", {"recovery_code": "0" * 25})
        assert is_wait(other.post("/login/recovery/", {"recovery_code": lena.codes[0]}), 30)
        clock.shift(30)
        assert other.post("/login/recovery/", {"recovery_code": lena.codes[0]}).url == "/"

    def test_at_confirm_the_wait_is_stated_and_nothing_is_spent_before_it_ends(self, lena, clock):
        for _ in range(5):
            lena.post("/confirm/", {"password": PASSWORD, "code": "000000"})
        assert is_wait(lena.post("/confirm/", {"password": PASSWORD, "code": code_of(lena.key, 1)}), 30)
        clock.shift(30)
        assert lena.post("/confirm/", {"password": PASSWORD, "code": code_of(lena.key)}).status_code == 302

    def test_a_replay_is_refused_and_logged_and_costs_no_attempt(self, lena):
        first, second = lena.another_browser(), lena.another_browser()
        second.start_login()
        first.log_in()
        for _ in range(20):
            response = second.post("/login/code/", {"code": code_of(lena.key)})
            assert response.status_code == 200
            assert "already used. Wait for the next one, at most 30 seconds." in words(response)
        assert rows(Event.CODE_REPLAYED) == 1
        assert second.post("/login/code/", {"code": code_of(lena.key, 1)}).url == "/"

    def test_the_right_password_does_not_shorten_the_wait(self, lena, clock):
        """C22"""
        other = lena.another_browser()
        other.start_login()
        for _ in range(5):
            other.post("/login/code/", {"code": "000000"})
        for left in (30, 20, 10):
            other.start_login()
            assert is_wait(other.post("/login/code/", {"code": code_of(lena.key)}), left)
            clock.shift(10)

    def test_half_a_log_in_does_not_outlive_the_wait(self, lena, clock):
        """C22: cookies kept past the wait and past five minutes from the password step."""
        other = lena.another_browser()
        other.start_login()
        for _ in range(5):
            other.post("/login/code/", {"code": "000000"})
        clock.shift(5 * 60)
        response = other.post("/login/code/", {"code": code_of(lena.key)})
        assert response.status_code == 302
        assert response.url.startswith("/login/?")
        assert "took too long" in words(other.get(response.url))

    def test_a_stranger_with_the_password_does_not_keep_a_known_browser_out(self, lena):
        lena.post("/logout/")
        attacker = Person("lena", ip="192.0.2.1")
        attacker.start_login()
        for _ in range(6):
            attacker.post("/login/code/", {"code": "000000"})
        lena.log_in()
        assert lena.is_in()

    def test_the_tenth_wrong_code_in_a_row_ends_the_log_in_that_posted_it_and_no_other(self, lena, clock):
        bystander, logged_in = lena.another_browser(), lena
        bystander.start_login()
        for number in range(1, 11):
            guesser = lena.another_browser()
            guesser.start_login()
            response = guesser.post("/login/code/", {"code": "000000"})
            assert response.status_code == (200 if number < 10 else 302)
            clock.shift(30 * 2 ** (number - 5) if number >= 5 else 0)
            bystander.start_login()
            assert logged_in.is_in()
        assert "Too many wrong codes in a row" in words(guesser.get(response.url))
        assert guesser.get("/login/code/").url.startswith("/login/")
        assert rows(Event.TEN_WRONG_CODES) == 1
        assert bystander.get("/login/code/").status_code == 200
        assert logged_in.is_in()

    def test_wrong_codes_in_a_row_are_counted_over_all_browsers(self, lena):
        for number in range(10):
            known = lena.another_browser()
            known.client.cookies["known"] = lena.client.cookies["known"].value
            guesser = known if number % 2 else lena.another_browser()
            guesser.start_login()
            response = guesser.post("/login/code/", {"code": "000000"})
        assert response.status_code == 302
        assert "ended=too-many" in response.url

    def test_a_right_code_between_starts_the_row_again(self, lena, clock):
        for _ in range(5):
            for _ in range(4):
                guesser = lena.another_browser()
                guesser.start_login()
                assert guesser.post("/login/code/", {"code": "000000"}).status_code == 200
            lena.another_browser().log_in()
            clock.shift(60)
        assert rows(Event.TEN_WRONG_CODES) == 0

    def test_the_hundredth_wrong_code_revokes_the_password(self, lena, clock):
        lena_then = User.objects.get(username="lena")
        for number in range(100):
            guesser = lena.another_browser()
            response = guesser.start_login()
            assert response.url == "/login/code/", number
            guesser.post("/login/code/", {"code": "000000"})
            clock.shift(900)
        assert User.objects.get(username="lena").password_revoked_at
        assert rows(Event.PASSWORD_REVOKED) == 1
        assert rows(Event.TEN_WRONG_CODES) == 10
        clock.shift(timedelta(days=2))
        assert lena.another_browser().start_login().status_code == 200
        assert User.objects.get(username="lena").password == lena_then.password

    def test_wrong_codes_under_an_old_password_do_not_block_the_new_one(self, lena, clock):
        def guess() -> None:
            guesser = lena.another_browser()
            guesser.start_login()
            guesser.post("/login/code/", {"code": "000000"})
            clock.shift(900)

        guess()
        Attempts.objects.filter(kind="wrong_codes").update(failures=99)
        get_a_new_password(lena)
        guess()
        assert User.objects.get(username="lena").password_revoked_at is None

    def test_a_new_password_ends_no_wait(self, lena):
        guesser = lena.another_browser()
        guesser.start_login()
        for _ in range(5):
            guesser.post("/login/code/", {"code": "000000"})
        get_a_new_password(lena)
        guesser = lena.another_browser()
        guesser.start_login()
        assert guesser.post("/login/code/", {"code": code_of(lena.key)}).status_code == 429

    def test_a_pending_login_dies_when_the_password_is_revoked(self, lena):
        other = lena.another_browser()
        other.start_login()
        User.objects.filter(username="lena").update(password_revoked_at="2026-11-25T09:00Z")
        response = other.post("/login/code/", {"code": code_of(lena.key)})
        assert response.status_code == 302
        assert response.url.startswith("/login/")
        assert not other.is_in()

    def test_a_revoked_password_reads_like_a_wrong_one(self, otto):
        wrong = words(stranger("otto", ip="192.0.2.8").start_login())
        User.objects.filter(username="otto").update(password_revoked_at="2026-11-25T09:00Z")
        assert words(otto.start_login()) == wrong


class TestManyMarks:
    """S03: what a stranger with the password gets, however many marks they hold."""

    def guess(self, browser: Person) -> bool:
        """True if the code was evaluated."""
        browser.post("/logout/")
        browser.start_login()
        return not is_wait(browser.post("/login/code/", {"code": "000000"}))

    def test_s03_marks_from_before_the_factor_give_no_more_codes(self, otto, clock):
        thief = [otto.another_browser(ip="192.0.2.66") for _ in range(22)]
        for browser in thief:
            browser.log_in()
        otto.log_in()
        otto.enrol_logged_in()
        clock.shift(60)
        assert sum(self.guess(browser) for browser in thief * 5) == 5
        assert rows(Event.TEN_WRONG_CODES) == 0
        otto.post("/logout/")
        otto.log_in()
        assert otto.is_in()

    def test_s03_all_living_marks_together_have_ten_and_all_unknown_browsers_five(self, lena, clock):
        browsers = [lena.another_browser() for _ in range(15)]
        for browser in browsers:
            browser.log_in()
            clock.shift(60)
        counted = [self.guess(browser) for _ in range(6) for browser in browsers]
        assert sum(counted) == throttles.FREE_FOR_KNOWN_BROWSERS + 5

    def test_s03_wrong_codes_of_a_stranger_do_not_keep_a_known_browser_out(self, lena, clock):
        """C23"""
        thief = lena.another_browser(ip="192.0.2.66")
        for _ in range(9):
            self.guess(thief)
            clock.shift(120)
        assert not self.guess(thief) or not self.guess(thief)
        lena.post("/logout/")
        lena.log_in()
        assert lena.is_in()

    def test_s03_a_right_code_gives_all_known_browsers_their_codes_back(self, lena, clock):
        other = lena.another_browser()
        other.log_in()
        clock.shift(60)
        for _ in range(3):
            assert all(self.guess(other) for _ in range(4))
            lena.post("/logout/")
            lena.log_in()
            clock.shift(60)
            other.log_in()
            clock.shift(60)


class TestTheSetUp:
    @pytest.fixture
    def pia(self, contract):
        """Held at the setup."""
        person = Person(make_member(contract, "pia"))
        person.start_login()
        person.key = person.read_key()
        return person

    def test_five_wrong_codes_are_free_and_the_right_one_waits_too(self, pia, clock):
        assert tries_until_wait(lambda: pia.post("/two-factor/setup/", {"code": "000000"})) == 5
        assert is_wait(pia.post("/two-factor/setup/", {"code": code_of(pia.key)}), 30)
        clock.shift(30)
        assert pia.post("/two-factor/setup/", {"code": code_of(pia.key)}).url == "/two-factor/activated/"

    @pytest.mark.parametrize("shift", [1_000, 5], ids=["wrong", "of another time"])
    def test_the_fifth_names_the_wait_that_it_starts(self, pia, shift):
        for _ in range(4):
            pia.post("/two-factor/setup/", {"code": "000000"})
        page = pia.post("/two-factor/setup/", {"code": code_of(pia.key, shift)})
        assert "Too many attempts. Try again in 30 seconds" in words(page)

    def test_a_code_with_a_clock_hint_is_counted_as_well(self, pia):
        assert tries_until_wait(lambda: pia.post("/two-factor/setup/", {"code": code_of(pia.key, 5)})) == 5

    def test_a_new_log_in_gives_no_new_tries(self, pia):
        def attempt():
            other = pia.another_browser()
            other.start_login()
            other.read_key()
            return other.post("/two-factor/setup/", {"code": "000000"})

        assert tries_until_wait(attempt) == 5

    def test_its_budget_is_its_own(self, pia, lena):
        for _ in range(5):
            pia.post("/two-factor/setup/", {"code": "000000"})
        user = User.objects.get(username="pia")
        attempt = budgets.consume(throttles.second_factor(user, None))
        assert isinstance(attempt, budgets.Attempt)


def test_a_wait_is_stated_in_seconds_up_to_two_minutes_then_in_minutes(otto, clock):
    attacker, stated = stranger("otto"), []
    for _ in range(4):
        attacker.start_login()
    for _ in range(6):
        attacker.start_login()
        response = attacker.start_login()
        stated.append(re.search(r"Try again in (\d+ \w+) ?\.", words(response))[1])
        clock.shift(int(response["Retry-After"]))
    assert stated == ["30 seconds", "60 seconds", "120 seconds", "4 minutes", "8 minutes", "15 minutes"]


def test_the_kinds_of_password_budgets_are_three_and_a_known_browser_has_one(otto):
    user = User.objects.get(username="otto")
    unknown = throttles.password("OTTO", user, Origin("192.0.2.1"), None)
    assert [(b.kind, b.free) for b in unknown] == [
        ("password_here", 5),
        ("password_account", 20),
        ("password_address", 100),
    ]
    assert [b.key for b in unknown] == [b.key for b in throttles.password("otto", None, Origin("192.0.2.1"), None)]
    assert [(b.kind, b.free) for b in throttles.password("otto", user, SERVER, "x")] == [("password_browser", 5)]
