"""Sends mail outside of requests: a change writes a row, and a sender process sends it.

`rows` writes and reads rows, `letters` turns a row into an email, `sending` sends what is due, `smtp` talks to the
server.
"""

from django.dispatch import Signal

written = Signal()
"""Sent when a mail was committed and waits for the sender."""
