"""Settings about mail."""

import ssl
from ipaddress import IPv4Address, ip_address


def name_of(host: str) -> str:
    """The panel's name in EHLO: a host name, or an address literal (RFC 5321 section 4.1.3)."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return f"[{address}]" if isinstance(address, IPv4Address) else f"[IPv6:{address}]"


def ca_file(path: str, problems: list[str]) -> str:
    """The path of a usable certificate file; empty for any other, with the reason added to `problems`."""
    try:
        if path:
            ssl.create_default_context(cafile=path)
    except OSError:
        problems.append("EMAIL_CA_FILE must name a readable file of certificates (PEM).")
        return ""
    return path
