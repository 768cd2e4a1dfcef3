"""QR codes, read back with a real decoder."""

import io

import zxingcpp
from PIL import Image


def read_qr(image: Image.Image) -> bytes:
    """Return the content of the one QR code.

    Only QR codes are looked for, because by chance a part of one is a valid bar code of another kind.
    """
    (code,) = zxingcpp.read_barcodes(image, zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return code.bytes


def read_png(png: bytes) -> bytes:
    return read_qr(Image.open(io.BytesIO(png)).convert("L"))
