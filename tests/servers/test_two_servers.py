"""Two servers on one database, as behind a balancer: they share nothing else, and no rule is lost between them."""

import time
from datetime import UTC, datetime, timedelta

from tests.servers.browser import SETUP, Browser, right_code

PEOPLE = "otto:off nina:off nora:off oskar:off paula:off lena:active lara:active"
SERVERS = 2
LATER = "/two-factor/later/"
MOMENT = "UPDATE accounts_user SET two_factor_required = %s, two_factor_required_from = %s WHERE username = %s"
WRONG = "not-the-password-of-anybody"


def test_of_twenty_wrong_passwords_over_both_exactly_five_are_evaluated(servers, database, at_once):
    browsers = [Browser(servers[number % 2]) for number in range(20)]
    for browser in browsers:
        browser.get("/login/")

    answers = at_once(lambda browser: browser.post("/login/", username="otto", password=WRONG), browsers)

    assert sorted(answer.status for answer in answers) == [200] * 5 + [429] * 15
    waits = [int(answer.headers["Retry-After"]) for answer in answers if answer.status == 429]
    assert all(0 < seconds <= 30 for seconds in waits), waits
    assert database.events("otto", "sign_in_password", "failed") == 5
    assert database.events("otto", "throttled", "refused") == 1
    attempt = database.rows(
        "SELECT kind, failures FROM accounts_attempts WHERE user_id = %s ORDER BY kind", database.user_id("otto")
    )
    assert attempt == [("password_account", 5), ("password_here", 5)]


def test_a_wait_that_began_on_one_holds_on_the_other(servers, database):
    first, second = (Browser(server) for server in servers)
    statuses = [first.start_login("nina", WRONG).status for _ in range(5)]
    assert statuses == [200] * 5
    assert second.start_login("nina").status == 429
    assert database.events("nina", "sign_in") == 0


def test_one_code_posted_to_both_at_once_opens_one_session(servers, database, keys, at_once):
    browsers = [Browser(servers[number % 2]) for number in range(5)]  # a sixth attempt may have to wait
    for browser in browsers:
        assert browser.start_login("lena").location == "/login/code/"
        browser.get("/login/code/")
    code = right_code(keys["lena"])

    answers = at_once(lambda browser: browser.post("/login/code/", code=code), browsers)

    assert sorted(answer.status for answer in answers) == [200] * 4 + [302]
    assert sum(browser.is_in() for browser in browsers) == 1
    assert database.events("lena", "sign_in") == 1
    assert database.events("lena", "code_replayed", "refused") == 1  # the same within a minute
    failures = "SELECT sum(failures) FROM accounts_attempts WHERE kind = 'factor' AND user_id = %s"
    assert database.one(failures, database.user_id("lena")) == 0, "a repeat is no guess"


def test_a_log_in_goes_on_at_the_other_server_between_its_steps(servers, keys):
    browser = Browser(servers[0])
    assert browser.start_login("lara").location == "/login/code/"
    assert browser.at(servers[1]).submit("/login/code/", code=right_code(keys["lara"])).location == "/"
    assert browser.at(servers[0]).is_in()


def test_a_session_opened_on_one_works_on_the_other_and_ends_on_both(servers):
    browser = Browser(servers[0]).log_in("nora")
    assert browser.at(servers[1]).is_in()
    assert browser.at(servers[0]).is_in()
    stolen = browser.cookies["sessionid"]

    assert browser.at(servers[1]).post("/logout/").location == "/login/"

    browser.cookies["sessionid"] = stolen
    for server in servers:
        assert browser.at(server).get("/profile/").location.startswith("/login/")


def test_switched_on_through_one_the_very_next_request_on_the_other_leads_to_set_up(servers, database):
    at_work = [Browser(server).log_in("oskar") for server in (servers[1], servers[1], servers[0])]
    owner = Browser(servers[0]).log_in("owner")
    page = f"/management/users/{database.user_id('oskar')}/two-factor-required/"

    assert owner.submit(page, required="yes").status == 302

    assert [browser.get("/profile/").location for browser in at_work] == [SETUP] * 3
    assert owner.submit(page, required="no").status == 302
    assert all(browser.get("/profile/").location.startswith("/login/") for browser in at_work), "its sessions are over"


def test_who_is_deactivated_through_one_is_out_on_the_other_at_once(servers, database):
    owner = Browser(servers[0]).log_in("owner")
    nora = Browser(servers[1]).log_in("nora")
    page = f"/management/users/{database.user_id('nora')}/state/"
    assert nora.get("/management/users/").status == 200
    assert owner.submit(page, state="deactivated").status == 302
    assert nora.get("/management/users/").location.startswith("/login/")


def test_a_moment_that_comes_holds_at_the_next_request_on_both_servers(servers, database):
    """Nothing runs at that moment: neither a job nor one of the servers has to know of it."""
    database.write("DELETE FROM accounts_attempts")  # of the tests before
    at_work = [Browser(server).log_in("otto") for server in servers]
    now = datetime.now(UTC)
    database.write(MOMENT, True, now + timedelta(hours=1), "otto")
    assert [browser.get("/profile/").status for browser in at_work] == [200, 200]
    database.write(MOMENT, True, now - timedelta(seconds=1), "otto")
    assert [browser.get("/profile/").location for browser in at_work] == [SETUP] * 2
    database.write(MOMENT, False, None, "otto")


def test_the_moment_passes_by_the_clock_while_both_servers_are_asked(servers, database):
    """Each answer from before it is the page, each one after it leads to the setup; a server that starts afterwards
    is right too."""
    database.write(MOMENT, False, None, "paula")
    at_work = [Browser(server).log_in("paula") for server in servers]
    database.write(MOMENT, True, datetime.now(UTC) + timedelta(hours=1), "paula")
    waiting = [Browser(server) for server in servers]
    assert [browser.start_login("paula").location for browser in waiting] == [LATER] * 2
    moment = datetime.now(UTC) + timedelta(seconds=2)
    database.write(MOMENT, True, moment, "paula")
    before, after = [0, 0], [0, 0]
    while datetime.now(UTC) < moment + timedelta(seconds=1):
        for number, browser in enumerate(at_work):
            begun = datetime.now(UTC)
            answer = browser.get("/profile/")
            ended = datetime.now(UTC)
            assert begun < moment if answer.status == 200 else answer.location == SETUP and ended >= moment
            before[number] += answer.status == 200 and begun > moment - timedelta(seconds=1)
            after[number] += answer.location == SETUP
        time.sleep(0.05)
    assert all(before + after), (before, after)
    assert [browser.submit(LATER, action="later").location for browser in waiting] == [SETUP] * 2
    servers[1].restart()
    assert at_work[0].at(servers[1]).get("/profile/").location == SETUP
    assert Browser(servers[1]).start_login("paula").location == SETUP
    database.write(MOMENT, False, None, "paula")
