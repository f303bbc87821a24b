"""npm's openid-client, a certified relying party: every client authentication, refresh, userinfo, logout."""

import json
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cloudpanel.applications.openid.models import Token
from tests.applications.openid.conftest import BACK, SECRET, make_client
from tests.factories import make_member, make_owner
from tests.people import Person

FOLDER = Path(__file__).parents[3] / ".ci" / "openid-client" / "node_modules"
SCRIPT = Path(__file__).with_name("openid_client.mjs")
NODE = shutil.which("node")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not (NODE and FOLDER.exists()), reason="openid-client is not installed (.ci/run does it)"),
]


@pytest.mark.parametrize("how", ["basic", "post", "none"])
def test_a_login_with_refresh_userinfo_introspection_revocation_and_logout(live_server, settings, how):
    settings.PUBLIC_URL = live_server.url
    contract = make_owner().contracts.get()
    lena = Person(make_member(contract, two_factor_required=False, email="lena@example.com"))
    lena.log_in()
    secret = {} if how == "none" else {"client_authentication": how}
    client = make_client(contract, **(secret or {"client_authentication": "none"}))
    arguments = [FOLDER.parent, live_server.url, client.application.client_id, SECRET, how, BACK]
    with subprocess.Popen(
        [NODE, SCRIPT, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        asked = urlsplit(process.stdout.readline().strip())
        answer = lena.get(f"{asked.path}?{asked.query}")
        said, _ = process.communicate(answer["Location"] + "\n", timeout=30)
    found = json.loads(said)
    assert found["info"]["preferred_username"] == "lena"
    assert found["active"] is True
    assert found["refreshed"] is True
    assert not Token.objects.filter(refresh=True, grant__revoked_at=None).exists()
    end = urlsplit(found["end"])
    assert lena.get(f"{end.path}?{end.query}")["Location"] == "/login/"
    assert not lena.is_in()
