"""The configurations in docs/guard/ are those that the page shows."""

from pathlib import Path

import pytest

from cloudpanel.applications.guard.configurations import all_for

FOLDER = Path(__file__).parents[2] / "docs" / "guard"
SHOWN = all_for(1, "https://grafana.example.com", "127.0.0.1:3000")


@pytest.mark.parametrize("shown", SHOWN, ids=lambda shown: shown.kind)
def test_each_configuration_is_the_one_of_the_page(shown):
    assert (FOLDER / shown.file_name).read_text() == shown.text


def test_there_is_no_other():
    assert {file.name for file in FOLDER.iterdir()} == {shown.file_name for shown in SHOWN}
