"""As much of HTTP/2 as one request takes: with prior knowledge, without TLS, and with nothing compressed (RFC 9113)."""

import socket

DATA, HEADERS, SETTINGS = 0, 1, 4
END_HEADERS = 4
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
LONG = 127


def request(port: int, fields: dict[str, str], body: bytes = b"", *, seconds: float = 1) -> bytes:
    """Sends one request that does not end, with its body at once; returns what came within some time, as it came."""
    block = b"".join(b"\0" + _text(name) + _text(value) for name, value in fields.items())
    sent = PREFACE + _frame(SETTINGS, 0, 0, b"") + _frame(HEADERS, END_HEADERS, 1, block) + _frame(DATA, 0, 1, body)
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        connection.sendall(sent)
        try:
            while chunk := connection.recv(65536):
                received += chunk
        except OSError:
            pass
    return received


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def _text(text: str) -> bytes:
    """Its length (RFC 7541 section 5.1) and itself."""
    if len(text) < LONG:
        return bytes([len(text)]) + text.encode()
    return bytes([LONG, (len(text) - LONG) % 128 + 128, (len(text) - LONG) // 128]) + text.encode()
