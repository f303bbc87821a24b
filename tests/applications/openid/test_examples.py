"""The configuration that the page of OpenID Connect shows for each console."""

import pytest

from cloudpanel.applications.models import Application, Preset
from cloudpanel.applications.openid.consoles import example_for
from cloudpanel.applications.openid.models import Authentication, Client


def example(preset: str, **client) -> str:
    application = Application(preset=preset, origin="https://console.example.com", client_id="client-1")
    return example_for(application, Client(application=application, **client))


@pytest.mark.parametrize("preset", Preset.values)
def test_only_a_client_with_a_secret_is_shown_one(preset):
    told, untold = example(preset), example(preset, client_authentication=Authentication.NONE)
    assert told.count("SECRET") == 1
    assert untold == "".join(line for line in told.splitlines(keepends=True) if "SECRET" not in line)
    assert "client-1" in untold


@pytest.mark.parametrize("preset", [Preset.GRAFANA, Preset.NEXTCLOUD])
def test_only_a_registered_address_after_logout_is_shown(preset):
    registered = example(preset, post_logout_redirect_uris="https://console.example.com/login")
    words = {"post_logout_redirect_uri=", "--postlogouturi="}
    assert any(word in registered for word in words)
    assert not any(word in example(preset) for word in words)
    assert ("client_id=client-1\n" in example(preset)) is (preset == Preset.GRAFANA)
