"""The same people as for the pages about one user."""

from tests.accounts.users.conftest import (  # noqa: F401
    adam,
    administrator,
    lena,
    rows,
    somebody,
    stranger,
)
from tests.commits import commits  # noqa: F401
