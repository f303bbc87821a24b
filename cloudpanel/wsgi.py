"""The application that the server calls. It exists only if the settings are safe."""

import os

import django

from cloudpanel.requests import PanelHandler
from cloudpanel.start import refuse_if_unsafe

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cloudpanel.settings")
django.setup(set_prefix=False)
application = PanelHandler()
refuse_if_unsafe()
