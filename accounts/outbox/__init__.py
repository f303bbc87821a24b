"""Mail leaves the request: a row is written with the change, and a sender beside the requests sends it.

`rows` writes and asks, `letters` makes an email of a row, `sending` sends what is due, `smtp` speaks to the server.
"""

from django.dispatch import Signal

written = Signal()
"""A mail was committed and waits for the sender."""
