"""What a run has done."""

import collections


class Counter:
    steps = 0
    checks: collections.Counter[int] = collections.Counter()
    """Of the guarded application, by their status."""

    keys: collections.Counter[str] = collections.Counter()
    """What security keys were good for."""

    openid: collections.Counter[str] = collections.Counter()
    """What logins with OpenID Connect were answered, and what tokens were good for."""

    plans: collections.Counter[str] = collections.Counter()
    """What has come of roll-out plans."""

    help: collections.Counter[str] = collections.Counter()
    """What has come of requests for help."""

    servers: collections.Counter[int] = collections.Counter()
    """Which server has answered."""
