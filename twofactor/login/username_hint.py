"""A username that somebody else knows, such as an application: filled in at `/login/`.

Sealed in the address, so that no log has it. Whether there is such an account is not looked at.
"""

from django.http import QueryDict

from accounts import sealing

PARAMETER = "hint"
PURPOSE = "login.hint"
MAX_LENGTH = 1000


def query(username: str) -> dict[str, str]:
    return {PARAMETER: sealing.seal(username, purpose=PURPOSE)}


def read(data: QueryDict) -> str:
    """Empty where there is none, or none that the panel has sealed."""
    sealed = data.get(PARAMETER, "")
    return (len(sealed) <= MAX_LENGTH and sealing.unseal(sealed, purpose=PURPOSE)) or ""
