"""As of a later version of the panel, which alters the tables of the one that runs."""

from tests.servers.settings import *  # noqa: F403
from tests.servers.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.servers.later"]
