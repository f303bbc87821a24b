"""A server that was started before an upgrade reads nothing of the new version when it answers."""

from tests.servers.machine import run

PAGES = """
import sys
from pathlib import Path
from django.conf import settings
from django.core.management import call_command
from django.test import Client
import cloudpanel.wsgi

call_command("migrate", verbosity=0)
opened = set()
sys.addaudithook(lambda event, found: event == "open" and isinstance(found[0], str) and opened.add(Path(found[0])))
for language in ("en", "de"):
    browser = Client(headers={"accept-language": language, "host": "localhost"})
    assert [browser.get(address).status_code for address in ("/login/", "/nowhere/")] == [200, 404]
folders = ("accounts", "cloudpanel", "templates", "twofactor")
print([str(path) for path in opened if path.is_file() and path.is_relative_to(settings.BASE_DIR)
       and path.relative_to(settings.BASE_DIR).parts[0] in folders])
"""


def test_a_running_server_reads_nothing_of_a_new_version(tmp_path):
    assert run(f"sqlite:///{tmp_path / 'db.sqlite3'}", "-c", PAGES).strip() == "[]"
