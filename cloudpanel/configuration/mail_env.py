"""What the environment says of mail."""

import ssl
from ipaddress import IPv4Address, ip_address


def name_of(host: str) -> str:
    """How the panel calls itself to a mail server: a host name, or an address as a literal (RFC 5321, 4.1.3)."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return f"[{address}]" if isinstance(address, IPv4Address) else f"[IPv6:{address}]"


def ca_file(path: str, problems: list[str]) -> str:
    """The path of a file of certificates that can be used; else none, and the reason is one more of the problems."""
    try:
        if path:
            ssl.create_default_context(cafile=path)
    except OSError:
        problems.append("EMAIL_CA_FILE must name a readable file of certificates (PEM).")
        return ""
    return path
