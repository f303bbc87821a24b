"""What a camera would see: the QR code as it stands in a screenshot, and the code its app would show."""

import io
import shutil
import subprocess
from base64 import b32decode
from urllib.parse import parse_qs, urlsplit

import zxingcpp
from PIL import Image
from playwright.sync_api import Page

from tests.people import code_of


def scan(page: Page, *, full_page: bool = True) -> str:
    """The text of the one QR code on the page, read from a screenshot."""
    picture = Image.open(io.BytesIO(page.screenshot(full_page=full_page)))
    found = zxingcpp.read_barcodes(picture.convert("L"), formats=zxingcpp.BarcodeFormat.QRCode)
    assert len(found) == 1, f"{len(found)} QR codes in the picture"
    return found[0].text


def key_in(otpauth: str) -> bytes:
    return b32decode(parse_qs(urlsplit(otpauth).query)["secret"][0])


def code_from(otpauth: str, shift: int = 0) -> str:
    """What an app shows that has scanned this; where Debian's oathtool is installed it must show the same."""
    key = key_in(otpauth)
    code = code_of(key, shift)
    if shift == 0 and (oathtool := shutil.which("oathtool")):
        command = [oathtool, "--totp", "--base32", parse_qs(urlsplit(otpauth).query)["secret"][0]]
        theirs = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        assert theirs in (code, code_of(key))  # a new step may have begun in between
    return code
