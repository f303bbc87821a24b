"""The picture, read back as a phone would read it."""

import base64
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image

from twofactor import qr, totp


def picture_of(text: str) -> Image.Image:
    head, data = qr.data_uri(text).split(",")
    assert head == "data:image/png;base64"
    return Image.open(BytesIO(base64.b64decode(data, validate=True)))


@pytest.mark.parametrize(
    ("issuer", "username"), [("Cloud Panel", "lena"), ("P" * 60, "x" * 150), ("Ünïcode & Söhne", "a@b.example")]
)
def test_a_scanner_reads_the_very_address(issuer, username):
    address = totp.otpauth(totp.new_key(), issuer=issuer, username=username)
    assert [found.text for found in zxingcpp.read_barcodes(picture_of(address))] == [address]


def test_the_picture_is_black_on_white_with_four_modules_of_quiet_zone():
    picture = picture_of(totp.otpauth(totp.new_key(), issuer="Cloud Panel", username="lena")).convert("L")
    width, height = picture.size
    border = qr.QUIET_ZONE_MODULES * qr.MODULE_PIXELS
    assert qr.QUIET_ZONE_MODULES == 4
    assert {colour for _, colour in picture.getcolors()} == {0, 255}
    for box in [
        (0, 0, width, border),
        (0, height - border, width, height),
        (0, 0, border, height),
        (width - border, 0, width, height),
    ]:
        assert picture.crop(box).getcolors()[0][1] == 255
        assert len(picture.crop(box).getcolors()) == 1


def test_the_picture_is_at_least_200_pixels_wide():
    assert picture_of(totp.otpauth(totp.new_key(), issuer="P", username="u")).width >= 200
