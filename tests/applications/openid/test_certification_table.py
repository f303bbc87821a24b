"""docs/openid.md names every module of the certification's plans with a test of ours that has the module's name.

The names are those of the OpenID Foundation's conformance suite (src/main/java/net/openid/conformance/openid/:
OIDCCBasicTestPlan, OIDCCConfigTestPlan, OIDCCRpInitiatedLogoutTestPlan, OIDCCBackchannelRpInitiatedLogoutTestPlan).
"""

import re
from pathlib import Path

import pytest

DOCUMENT = Path(__file__).parents[3] / "docs" / "openid.md"
LOGOUT = "oidcc-rp-initiated-logout"
PLANS = {
    "oidcc-basic-certification-test-plan": [
        *("oidcc-server", "oidcc-response-type-missing", "oidcc-idtoken-signature", "oidcc-idtoken-unsigned"),
        *("oidcc-userinfo-get", "oidcc-userinfo-post-header", "oidcc-userinfo-post-body"),
        "oidcc-ensure-request-without-nonce-succeeds-for-code-flow",
        *("oidcc-scope-profile", "oidcc-scope-email", "oidcc-scope-address", "oidcc-scope-phone", "oidcc-scope-all"),
        *("oidcc-ensure-other-scope-order-succeeds", "oidcc-display-page", "oidcc-display-popup"),
        *("oidcc-prompt-login", "oidcc-prompt-none-not-logged-in", "oidcc-prompt-none-logged-in"),
        *("oidcc-max-age-1", "oidcc-max-age-10000", "oidcc-ensure-request-with-unknown-parameter-succeeds"),
        *("oidcc-id-token-hint", "oidcc-login-hint", "oidcc-ui-locales", "oidcc-claims-locales"),
        "oidcc-ensure-request-with-acr-values-succeeds",
        *("oidcc-codereuse", "oidcc-codereuse-30seconds", "oidcc-ensure-registered-redirect-uri"),
        *("oidcc-ensure-post-request-succeeds", "oidcc-server-client-secret-post"),
        "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
        "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
        *("oidcc-claims-essential", "oidcc-ensure-request-object-with-redirect-uri", "oidcc-refresh-token"),
        "oidcc-ensure-request-with-valid-pkce-succeeds",
    ],
    "oidcc-config-certification-test-plan": ["oidcc-discovery-endpoint-verification"],
    "oidcc-rp-initiated-logout-certification-test-plan": [
        f"{LOGOUT}-discovery-endpoint-verification",
        *(LOGOUT, f"{LOGOUT}-bad-post-logout-redirect-uri", f"{LOGOUT}-modified-id-token-hint"),
        *(f"{LOGOUT}-no-id-token-hint", f"{LOGOUT}-no-params", f"{LOGOUT}-no-post-logout-redirect-uri"),
        *(f"{LOGOUT}-no-state", f"{LOGOUT}-only-state", f"{LOGOUT}-query-added-to-post-logout-redirect-uri"),
        f"{LOGOUT}-bad-id-token-hint",
    ],
    "oidcc-backchannel-rp-initiated-logout-certification-test-plan": [
        *("oidcc-backchannel-logout-discovery-endpoint-verification", "oidcc-backchannel-rp-initiated-logout"),
    ],
}


def named(plan: str) -> dict[str, str]:
    """Module and test of each row of the plan's table. That each test exists is asked for all documents alike."""
    table = DOCUMENT.read_text().partition(f"`{plan}`")[2].partition("\n\n|")[2].partition("\n\n")[0]
    return dict(re.findall(r"^\| (oidcc-[\w-]+) \| `[\w/.]+::(test_\w+)` \|$", f"|{table}", re.MULTILINE))


@pytest.mark.parametrize("plan", PLANS)
def test_each_module_has_a_row_with_a_test_of_its_name(plan):
    assert list(named(plan).items()) == [(module, "test_" + module.replace("-", "_")) for module in PLANS[plan]]
