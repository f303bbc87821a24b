"""The application that the server calls. It exists only if the settings are safe.

What the code on disk says is read now, not at the first request: after an upgrade of the checkout a server that was
started before stays as it was, and ready.
"""

import os
from importlib import import_module

import django
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage

from cloudpanel.operation.refusal import refuse_if_unsafe
from cloudpanel.web.requests import PanelHandler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cloudpanel.settings")
django.setup(set_prefix=False)
application = PanelHandler()
refuse_if_unsafe()
import_module("cloudpanel.operation.health").last_migrations()
import_module(settings.ROOT_URLCONF)
staticfiles_storage.exists("")  # opens the list of their names
