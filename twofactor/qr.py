"""Draws a QR code into the page itself: a PNG as `data:` address, black on white with its quiet zone in every theme.

The mask is fixed: any of the eight is readable (ISO/IEC 18004 only asks for the one that looks best to a scanner), and
weighing them against each other would cost more than the whole login.
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
