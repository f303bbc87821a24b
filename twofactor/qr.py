"""Draws a QR code as a PNG in a `data:` URL, black on white with its quiet zone in both themes.

The mask is fixed: a code with any of the eight masks can be scanned (ISO/IEC 18004 only prefers one of them), and
evaluating all would take longer than the rest of the login.
"""

import base64
from io import BytesIO

import qrcode
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M

MODULE_PIXELS = 6
QUIET_ZONE_MODULES = 4
MASK = 2


def data_uri(text: str) -> str:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE_MODULES, mask_pattern=MASK)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()  # quiet zone included
    small = Image.frombytes("L", (len(rows), len(rows)), bytes(0 if dark else 255 for row in rows for dark in row))
    picture = BytesIO()
    large = small.resize((len(rows) * MODULE_PIXELS,) * 2, Image.Resampling.NEAREST)
    large.convert("1").save(picture, "PNG")
    return "data:image/png;base64," + base64.b64encode(picture.getvalue()).decode()
