"""The WSGI application. It only exists if the settings are safe.

The code on the disk is loaded now and not at the first request, so that a server that was started before an upgrade
keeps running the old version completely.
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
import_module("cloudpanel.operation.preload").preload()
staticfiles_storage.exists("")  # loads the manifest
