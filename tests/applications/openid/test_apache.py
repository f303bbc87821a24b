"""Apache's mod_auth_openidc as a client: discovery, PKCE, its own check of the ID token, and back-channel logout."""

import re
import shutil
import socket
import subprocess
import time
from html import unescape
from ipaddress import ip_network
from pathlib import Path

import pytest
import requests

from cloudpanel.applications.openid import backchannel, endings
from cloudpanel.applications.openid.delivery import DeliveryOutcome
from cloudpanel.applications.openid.models import Login
from tests.applications.openid.conftest import SECRET, make_client
from tests.factories import PASSWORD, make_member, make_owner

MODULES = Path("/usr/lib/apache2/modules")
APACHE = shutil.which("apache2", path="/usr/sbin:/usr/bin")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not (APACHE and (MODULES / "mod_auth_openidc.so").exists()), reason="no mod_auth_openidc"),
]
NEEDED = ("mpm_event", "authn_core", "authz_core", "authz_user", "headers", "dir", "unixd", "auth_openidc")
CONFIGURATION = """
ServerRoot {folder}
PidFile {folder}/pid
ServerName localhost
Listen 127.0.0.1:{port}
ErrorLog {folder}/error.log
{modules}
DocumentRoot {folder}/htdocs
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID {client_id}
OIDCClientSecret {secret}
OIDCRedirectURI http://localhost:{port}/callback
OIDCCryptoPassphrase a-passphrase-of-this-test
OIDCScope "openid email profile groups"
OIDCPKCEMethod S256
OIDCRemoteUserClaim preferred_username
<Location />
  AuthType openid-connect
  Require valid-user
  Header always set X-User "expr=%{{REMOTE_USER}}"
</Location>
"""


@pytest.fixture
def client(live_server, settings):
    settings.PUBLIC_URL = live_server.url
    settings.BACKCHANNEL_NETWORKS = [ip_network("127.0.0.0/8"), ip_network("::1/128")]
    contract = make_owner().contracts.get()
    make_member(contract, two_factor_required=False, email="lena@example.com")
    return make_client(contract)


@pytest.fixture
def apache(client, live_server, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    client.redirect_uris = f"http://localhost:{port}/callback"
    client.backchannel_logout_uri = f"http://localhost:{port}/callback?logout=backchannel"
    client.save()
    modules = "\n".join(
        f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in NEEDED if (MODULES / f"mod_{name}.so").exists()
    )
    (tmp_path / "htdocs").mkdir()
    (tmp_path / "htdocs" / "index.html").write_text("inside")
    (tmp_path / "apache.conf").write_text(
        CONFIGURATION.format(
            folder=tmp_path,
            port=port,
            modules=modules,
            issuer=live_server.url,
            client_id=client.application.client_id,
            secret=SECRET,
        )
    )
    tmp_path.chmod(0o755)
    process = subprocess.Popen([APACHE, "-X", "-f", str(tmp_path / "apache.conf")])
    until = time.monotonic() + 10
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield f"http://localhost:{port}/"
    process.terminate()
    process.wait(10)


def log_in(http: requests.Session, panel: str, address: str) -> requests.Response:
    page = http.get(address)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
    next_address = unescape(re.search(r'name="next" value="([^"]*)"', page.text)[1])
    form = {"username": "lena", "password": PASSWORD, "next": next_address, "csrfmiddlewaretoken": token}
    onward = http.post(f"{panel}/login/", form)
    return http.get(unescape(re.search(r'href="([^"]+)" data-onward', onward.text)[1]))


def test_a_login_at_apache_and_its_end_by_back_channel_logout(apache, client, live_server):
    http = requests.Session()
    answer = log_in(http, live_server.url, apache)
    assert (answer.status_code, answer.text, answer.headers["X-User"]) == (200, "inside", "lena")
    assert http.get(apache, allow_redirects=False).status_code == 200
    page = http.get(f"{live_server.url}/profile/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
    http.post(f"{live_server.url}/logout/", {"csrfmiddlewaretoken": token})
    assert http.get(apache, allow_redirects=False).status_code == 200, "Apache knows nothing of it yet"
    assert endings.end_what_is_over() == 1
    backchannel.tell()
    assert Login.objects.get().outcome == DeliveryOutcome.TOLD
    assert http.get(apache, allow_redirects=False).status_code == 302
