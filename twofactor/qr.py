"""Draws a QR code into the page itself: a PNG as `data:` address, black on white with its quiet zone in every theme."""

import base64
from io import BytesIO

import qrcode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.pil import PilImage

MODULE_PIXELS = 6
QUIET_ZONE_MODULES = 4  # ISO/IEC 18004


def data_uri(text: str) -> str:
    code = qrcode.QRCode(
        error_correction=ERROR_CORRECT_M, box_size=MODULE_PIXELS, border=QUIET_ZONE_MODULES, image_factory=PilImage
    )
    code.add_data(text)
    code.make(fit=True)
    picture = BytesIO()
    code.make_image(fill_color="black", back_color="white").save(picture, "PNG")
    return "data:image/png;base64," + base64.b64encode(picture.getvalue()).decode()
