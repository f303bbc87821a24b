"""When a session ends in whatever way, the applications that it logged in to are told."""

import json
import ssl
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address, ip_network
from urllib.parse import parse_qs

import pytest
from django.utils import timezone
from joserfc import jws

from accounts.models import Session, User
from accounts.origin import Origin
from accounts.sessions import services as sessions
from cloudpanel.applications.openid import backchannel, delivery, endings
from cloudpanel.applications.openid.delivery import Outcome
from cloudpanel.applications.openid.models import Login

pytestmark = pytest.mark.django_db


class Receiver(BaseHTTPRequestHandler):
    """An application's address; what it is sent stands in `server.seen`."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.seen.append((self.path, self.headers["Host"], parse_qs(body)))
        if self.server.slow:
            time.sleep(self.server.slow)
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def receiver(settings):
    settings.BACKCHANNEL_NETWORKS = [ip_network("127.0.0.0/8")]
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    server.seen, server.status, server.slow = [], 200, 0
    server.url = f"http://127.0.0.1:{server.server_port}/bye?x=1"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


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


def new_stamp(lena, owner):
    User.objects.filter(pk=lena.user.pk).update(stamp=lena.user.stamp + 1)


def idle(lena, owner):
    Session.objects.filter(user=lena.user).update(last_seen_at=timezone.now() - timedelta(minutes=31))


def too_old(lena, owner):
    Session.objects.filter(user=lena.user).update(expire_date=timezone.now() - timedelta(seconds=1))


@pytest.mark.parametrize("end", [log_out, end_all, deactivate, new_stamp, idle, too_old])
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
    assert Login.objects.get().outcome == Outcome.TOLD


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


def test_three_attempts_after_0_10_and_60_seconds(told, console, lena, owner):
    told.status = 500
    console.log_in(lena)
    log_out(lena, owner)
    work()
    login = Login.objects.get()
    assert (login.tries, login.outcome) == (1, Outcome.REFUSED)
    assert 8 < (login.due_at - timezone.now()).total_seconds() <= 10
    for _ in range(3):
        Login.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
        backchannel.tell()
    assert len(told.seen) == 3
    assert Login.objects.get().due_at is None


def test_a_redirect_is_not_followed(receiver):
    receiver.status = 302
    assert delivery.post(receiver.url, "x") is Outcome.REDIRECT


def test_a_slow_application_is_left_after_three_seconds(receiver, monkeypatch):
    monkeypatch.setattr(delivery, "SECONDS", 0.3)
    receiver.slow = 2
    began = time.monotonic()
    assert delivery.post(receiver.url, "x") in (Outcome.SILENT, Outcome.CONNECTION)
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
        "::1", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
        "2001:0:7f00:1::", "255.255.255.255", "::",
    ],
)  # fmt: skip
def test_no_address_inside_is_reached_unless_it_is_allowed(settings, address):
    settings.BACKCHANNEL_NETWORKS = []
    assert not delivery.is_allowed(ip_address(address))
    settings.BACKCHANNEL_NETWORKS = [ip_network("0.0.0.0/0"), ip_network("::/0")]
    assert delivery.is_allowed(ip_address(address))


def test_a_name_that_leads_inside_is_refused_when_it_is_used(receiver, settings):
    settings.BACKCHANNEL_NETWORKS = []
    assert delivery.post(receiver.url.replace("127.0.0.1", "localhost"), "x") is Outcome.FORBIDDEN
    assert receiver.seen == []


def test_a_name_with_one_address_inside_is_refused_as_a_whole(monkeypatch):
    found = [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", ("127.0.0.1", 443))]
    monkeypatch.setattr(delivery.socket, "getaddrinfo", lambda *a, **k: found)
    assert delivery.post("https://rebinding.example/", "x") is Outcome.FORBIDDEN


def test_what_cannot_be_reached_has_its_word(settings, monkeypatch):
    settings.BACKCHANNEL_NETWORKS = [ip_network("127.0.0.0/8")]
    assert delivery.post("http://127.0.0.1:1/", "x") is Outcome.CONNECTION

    def unknown(*args, **kwargs):
        raise delivery.socket.gaierror

    monkeypatch.setattr(delivery.socket, "getaddrinfo", unknown)
    assert delivery.post("https://nowhere.example/", "x") is Outcome.NAME
    assert ssl.create_default_context().check_hostname
