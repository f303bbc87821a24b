"""An origin that is free again: any contract of the installation may register it, and the pages say so before."""

from html import unescape

import pytest

from tests.factories import make_application
from tests.people import words

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("page", ["origin", "delete"])
def test_the_page_that_frees_an_origin_says_what_becomes_of_it(olivia, contract, page):
    grafana = make_application(contract)
    said = unescape(words(olivia.get(f"/management/applications/{grafana.pk}/{page}/")))
    assert "configuration as well" in said
    assert "registered again in any contract of this panel" in said
