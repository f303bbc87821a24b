"""The application that the server calls. It exists only if the settings are safe."""

import os

from django.core.wsgi import get_wsgi_application

from cloudpanel.start import refuse_if_unsafe

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cloudpanel.settings")
application = get_wsgi_application()
refuse_if_unsafe()
