"""The name that version 1.0 had for `cloudpanel.operation.gunicorn_conf`. Operators' own units and scripts use it."""

from cloudpanel.operation.gunicorn_conf import *  # noqa: F403
