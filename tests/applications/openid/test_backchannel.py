"""When a session ends in whatever way, the applications that it logged in to are told."""

import contextlib
import json
import socket
import ssl
import threading
import time
from copy import deepcopy
from datetime import timedelta
from ipaddress import ip_address, ip_network

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone
from joserfc import jws

from accounts.models import Session, User
from accounts.origin import Origin
from accounts.sessions import services as sessions
from accounts.users import services as users
from cloudpanel.applications.models import Application
from cloudpanel.applications.openid import backchannel, delivery, endings
from cloudpanel.applications.openid.delivery import DeliveryOutcome
from cloudpanel.applications.openid.models import Login, Token
from tests.meanwhile import meanwhile
from tests.sinks import make_certificate

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(client, receiver):
    client.backchannel_logout_uri = receiver.url
    client.save()
    return receiver


def work() -> None:
    endings.end_what_is_over()
    backchannel.tell()


def log_out(lena, owner):
    lena.post("/logout/")


def end_all(lena, owner):
    sessions.end_by(owner, lena.user, origin=Origin())


def deactivate(lena, owner):
    User.objects.filter(pk=lena.user.pk).update(is_active=False, stamp=lena.user.stamp + 1)


def delete(lena, owner):
    users.delete_user(actor=owner, target=User.objects.get(pk=lena.user.pk), origin=Origin())


def new_stamp(lena, owner):
    User.objects.filter(pk=lena.user.pk).update(stamp=lena.user.stamp + 1)


def idle(lena, owner):
    Session.objects.filter(user=lena.user).update(last_seen_at=timezone.now() - timedelta(minutes=31))


def too_old(lena, owner):
    Session.objects.filter(user=lena.user).update(expire_date=timezone.now() - timedelta(seconds=1))


def of_another_clock(lena, owner):
    Session.objects.filter(user=lena.user).update(last_seen_at=timezone.now() + timedelta(hours=1))


@pytest.mark.parametrize("end", [log_out, end_all, deactivate, delete, new_stamp, idle, too_old, of_another_clock])
def test_the_application_is_told_however_the_session_ended(told, console, lena, owner, end):
    claims = console.claims(console.log_in(lena)["id_token"])
    work()
    assert told.seen == []
    end(lena, owner)
    work()
    [(path, _host, form)] = told.seen
    assert path == "/bye?x=1"
    token = form["logout_token"][0]
    said = json.loads(jws.extract_compact(token.encode()).payload)
    assert jws.extract_compact(token.encode()).headers()["typ"] == "logout+jwt"
    assert said["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert (said["sid"], said["sub"], said["aud"]) == (claims["sid"], claims["sub"], console.client_id)
    assert said["exp"] - said["iat"] == 120
    assert "nonce" not in said
    work()
    assert len(told.seen) == 1
    assert Login.objects.get().outcome == DeliveryOutcome.TOLD


def test_it_is_told_of_the_end_of_one_half_of_a_double_click(told, console, lena):
    """Both halves have logged in, and the browser keeps the cookie of one of them."""
    lena.post("/logout/")
    other = lena.another_browser()
    other.client.cookies = deepcopy(lena.client.cookies)
    with meanwhile(other.start_login, before="accounts_attempts"):
        lena.start_login()
    token = console.log_in(lena)["access_token"]
    lena.post("/logout/")
    work()
    assert len(told.seen) == 1
    assert console.userinfo(token).status_code == 401


def test_the_command_outbox_tells_it_while_the_server_is_stopped(told, console, lena, owner, capsys):
    console.log_in(lena)
    end_all(lena, owner)
    call_command("outbox")
    assert len(told.seen) == 1
    assert capsys.readouterr().out.endswith("Handled 1 back-channel logouts.\n")
    call_command("outbox")
    assert len(told.seen) == 1
    assert "logouts" not in capsys.readouterr().out


def test_a_session_that_goes_on_under_a_new_id_and_stamp_is_not_over(told, console, lena):
    console.log_in(lena)
    new = "seven brave otters juggle"
    form = {"current_password": lena.password, "new_password1": new, "new_password2": new}
    assert lena.post("/profile/password/", form).status_code == 302
    assert User.objects.get(pk=lena.user.pk).stamp > lena.user.stamp
    work()
    assert told.seen == []


def test_an_application_with_refresh_tokens_is_not_logged_out_by_idleness_alone(told, console, lena, owner):
    console.log_in(lena, scope="openid offline_access")
    idle(lena, owner)
    work()
    Session.objects.filter(user=lena.user).delete()  # housekeeping
    work()
    assert told.seen == []
    end_all(lena, owner)
    work()
    assert len(told.seen) == 1


def expired(console, given):
    Token.objects.update(expires_at=timezone.now())


def replaced(console, given):
    """By one that has expired."""
    assert console.refresh(given["refresh_token"]).status_code == 200
    Token.objects.filter(replaced_at=None).update(expires_at=timezone.now())


def taken_back(console, given):
    assert console.post("/openid/revoke/", {"token": given["refresh_token"]}).status_code == 200


def presented_without_the_right(console, given):
    Application.objects.update(is_active=False)
    assert console.refresh(given["refresh_token"]).status_code == 400


@pytest.mark.parametrize("lose", [expired, replaced, taken_back, presented_without_the_right])
@pytest.mark.parametrize("kept", [True, False], ids=["idle", "gone"])
def test_it_is_logged_out_once_it_can_no_longer_refresh(told, console, lena, owner, lose, kept):
    given = console.log_in(lena, scope="openid offline_access")
    idle(lena, owner)
    work()
    if not kept:
        Session.objects.filter(user=lena.user).delete()  # housekeeping
    work()
    assert told.seen == []
    lose(console, given)
    work()
    assert len(told.seen) == 1
    work()
    assert len(told.seen) == 1


NEW = "seven brave otters juggle"


def own_password(lena, old: str, new: str) -> None:
    form = {"current_password": old, "new_password1": new, "new_password2": new}
    assert lena.post("/profile/password/", form).status_code == 302


def test_refresh_tokens_that_a_new_password_has_ended_keep_no_login(told, console, lena, owner):
    given = console.log_in(lena, scope="openid offline_access")
    own_password(lena, lena.password, NEW)
    assert console.refresh(given["refresh_token"]).status_code == 400
    work()
    assert told.seen == []
    idle(lena, owner)
    work()
    assert len(told.seen) == 1


def test_a_login_after_one_that_had_ended_in_the_same_session_is_told_too(told, console, lena, owner):
    console.log_in(lena)
    was = Session.objects.get(user=lena.user).last_seen_at
    idle(lena, owner)
    work()
    assert len(told.seen) == 1
    Session.objects.filter(user=lena.user).update(last_seen_at=was)  # as by a request that began before
    console.log_in(lena)
    work()
    assert len(told.seen) == 1
    lena.post("/logout/")
    work()
    assert len(told.seen) == 2


def test_two_changes_of_ones_own_while_logins_are_looked_at_end_none(console, lena):
    console.log_in(lena)
    own_password(lena, lena.password, NEW)
    [found] = endings.suspects()
    own_password(lena, NEW, f"{NEW} again")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(endings, "suspects", lambda: [found])
        assert endings.end_what_is_over() == 0
    assert Login.objects.get().ended_at is None


def test_a_logout_that_another_clock_has_postponed_is_told_now(told, console, lena, owner):
    console.log_in(lena)
    end_all(lena, owner)
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        endings.end_what_is_over()
    backchannel.tell()
    assert len(told.seen) == 1


def test_three_attempts_after_0_10_and_60_seconds(told, console, lena, owner):
    told.status = 500
    console.log_in(lena)
    log_out(lena, owner)
    work()
    login = Login.objects.get()
    assert (login.attempts, login.outcome) == (1, DeliveryOutcome.REFUSED)
    assert 8 < (login.due_at - timezone.now()).total_seconds() <= 10
    for _ in range(3):
        Login.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
        backchannel.tell()
    assert len(told.seen) == 3
    assert Login.objects.get().due_at is None


def test_a_redirect_is_not_followed(receiver):
    receiver.status = 302
    assert delivery.post(receiver.url, "x") is DeliveryOutcome.REDIRECT


@pytest.mark.timed
def test_a_slow_application_is_left_after_three_seconds(receiver, monkeypatch):
    monkeypatch.setattr(delivery, "SECONDS", 0.3)
    receiver.slow = 2
    began = time.monotonic()
    assert delivery.post(receiver.url, "x") in (DeliveryOutcome.SILENT, DeliveryOutcome.CONNECTION)
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
        "::1", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
        "2001:0:7f00:1::", "255.255.255.255", "::", "::7f00:1", "::ffff:0:7f00:1", "64:ff9b:1::7f00:1", "fec0::1",
        "5f00::1",
    ],
)  # fmt: skip
def test_no_address_inside_is_reached_unless_it_is_allowed(settings, address):
    settings.BACKCHANNEL_NETWORKS = []
    assert not delivery.is_allowed(ip_address(address))
    settings.BACKCHANNEL_NETWORKS = [ip_network("0.0.0.0/0"), ip_network("::/0")]
    assert delivery.is_allowed(ip_address(address))


def test_a_name_that_leads_inside_is_refused_when_it_is_used(receiver, settings):
    settings.BACKCHANNEL_NETWORKS = []
    assert delivery.post(receiver.url.replace("127.0.0.1", "localhost"), "x") is DeliveryOutcome.FORBIDDEN
    assert receiver.seen == []


def test_a_name_with_one_address_inside_is_refused_as_a_whole(monkeypatch):
    found = [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", ("127.0.0.1", 443))]
    monkeypatch.setattr(delivery.socket, "getaddrinfo", lambda *a, **k: found)
    assert delivery.post("https://rebinding.example/", "x") is DeliveryOutcome.FORBIDDEN


def test_what_cannot_be_reached_has_its_word(settings, monkeypatch):
    settings.BACKCHANNEL_NETWORKS = [ip_network("127.0.0.0/8")]
    assert delivery.post("http://127.0.0.1:1/", "x") is DeliveryOutcome.CONNECTION

    def unknown(*args, **kwargs):
        raise delivery.socket.gaierror

    monkeypatch.setattr(delivery.socket, "getaddrinfo", unknown)
    assert delivery.post("https://nowhere.example/", "x") is DeliveryOutcome.NAME
    assert ssl.create_default_context().check_hostname


def test_the_address_that_was_looked_at_is_the_one_connected_to(receiver, monkeypatch):
    """DNS rebinding: a name that leads elsewhere when it is asked a second time is not asked a second time."""
    asked, real = [], socket.getaddrinfo

    def rebinding(host, port, *args, **kwargs):
        if host == "127.0.0.1":  # what create_connection makes of an address
            return real(host, port, *args, **kwargs)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1" if len(asked) == 1 else "192.0.2.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    assert delivery.post(receiver.url.replace("127.0.0.1", "rebinding.example"), "x") is DeliveryOutcome.TOLD
    assert asked == ["rebinding.example"]
    [(_path, host, _form)] = receiver.seen
    assert host == f"rebinding.example:{receiver.server_port}"


@pytest.mark.timed
def test_a_resolver_that_does_not_answer_is_left_in_time(monkeypatch):
    monkeypatch.setattr(delivery, "SECONDS", 0.3)
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: over.wait(5) and [])
    began = time.monotonic()
    assert delivery.post("https://silent.example/", "x") is DeliveryOutcome.SILENT
    assert time.monotonic() - began < 1
    over.set()


@pytest.mark.timed
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_that_drips_is_cut_off_also_before_it_has_shown_a_certificate(settings, monkeypatch, scheme):
    settings.BACKCHANNEL_NETWORKS = [ip_network("127.0.0.0/8")]
    monkeypatch.setattr(delivery, "SECONDS", 0.5)
    server = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        line, _address = server.accept()
        with line, contextlib.suppress(OSError):
            for byte in b"\x16\x03\x03\x40\x00" * 20 if scheme == "https" else b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100:
                line.sendall(bytes([byte]))
                time.sleep(0.1)

    threading.Thread(target=drip, daemon=True).start()
    began = time.monotonic()
    outcome = delivery.post(f"{scheme}://127.0.0.1:{server.getsockname()[1]}/", "x")
    assert outcome in (DeliveryOutcome.SILENT, DeliveryOutcome.CONNECTION)
    assert time.monotonic() - began < 1.5
    server.close()


@pytest.mark.timed
def test_a_server_with_a_trusted_certificate_that_drips_its_answer_is_cut_off(settings, monkeypatch, tmp_path):
    """Else an application whose answer never ends would keep all others from being told."""
    settings.BACKCHANNEL_NETWORKS = [ip_network("127.0.0.0/8")]
    monkeypatch.setattr(delivery, "SECONDS", 0.5)
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    server = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        line, _address = server.accept()
        with contextlib.suppress(OSError), certificate.wrap_socket(line, server_side=True) as sealed:
            for byte in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 30:
                sealed.sendall(bytes([byte]))
                time.sleep(0.1)

    threading.Thread(target=drip, daemon=True).start()
    began = time.monotonic()
    outcome = delivery.post(f"https://127.0.0.1:{server.getsockname()[1]}/", "x")
    assert outcome is DeliveryOutcome.SILENT
    assert time.monotonic() - began < 1.5
    server.close()


def test_a_certificate_that_nobody_trusts_is_told_nothing(receiver, tmp_path):
    """Whoever stands in between could end sessions, or learn whose ended."""
    receiver.socket = make_certificate(tmp_path).wrap_socket(receiver.socket, server_side=True)
    assert delivery.post(receiver.url.replace("http:", "https:"), "token") is DeliveryOutcome.CERTIFICATE
    assert receiver.seen == []


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:0/", "http://[::1/", "http://" + "a" * 300 + "/", "http://..a/", "http://\u00e9/"]
)
def test_an_address_that_is_none_is_an_outcome_and_no_fault(settings, url):
    settings.BACKCHANNEL_NETWORKS = [ip_network("127.0.0.0/8")]
    with contextlib.suppress(ValueError):  # of an address that no form takes
        assert delivery.post(url, "x") in DeliveryOutcome
