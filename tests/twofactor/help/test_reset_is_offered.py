"""An account that is reserved for the browser that got help can be freed, also where 2FA is not required yet."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from tests.people import Person, words
from tests.twofactor.help.conftest import answer, ask, words_on

pytestmark = pytest.mark.django_db
KINDS = {
    "no": {"two_factor_required": False},
    "planned": {"two_factor_required_from": timedelta(days=9)},
    "yes": {},
}


@pytest.fixture(params=KINDS)
def reserved(request, browser, olivia, lena):
    """Lena, who has lost the browser too."""
    fields = {
        name: timezone.now() + value if isinstance(value, timedelta) else value
        for name, value in KINDS[request.param].items()
    }
    if fields:
        User.objects.filter(pk=lena.pk).update(**fields)
    asked = ask(browser)
    answer(olivia, asked, "approve", words_on(browser))
    assert Person("lena").start_login().url == "/login/?ended=reserved"
    return lena


def test_the_page_and_the_list_offer_the_reset_that_frees_it(reserved, olivia):
    address = f"/management/users/{reserved.pk}/two-factor-reset/"
    assert address in olivia.get(f"/management/users/{reserved.pk}/").content.decode()
    assert address in olivia.get("/management/users/").content.decode()
    assert olivia.post(address, {"confirm": "yes"}).status_code == 302
    assert Person("lena").start_login().url != "/login/?ended=reserved"


def test_a_reset_of_several_includes_it(reserved, olivia):
    asked = olivia.post("/management/users/bulk/", {"action": "reset", "ids": [reserved.pk]})
    assert "1 user is affected" in words(asked)
