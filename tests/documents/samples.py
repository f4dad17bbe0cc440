"""Files as people send them, made on the spot."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

GPS = 0x8825
MAKE = 0x010F
ORIENTATION = 0x0112


def picture(width: int = 64, height: int = 40, colour: str = "navy") -> Image.Image:
    made = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(made).rectangle((0, 0, width // 2, height // 2), fill=colour)
    return made


def jpeg(width: int = 64, height: int = 40, *, orientation: int = 1, colour: str = "navy") -> bytes:
    made = picture(width, height, colour)
    exif = made.getexif()
    exif[MAKE] = "A telephone"
    exif[ORIENTATION] = orientation
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (21.0, 1.0, 30.0)
    out = BytesIO()
    made.save(out, "JPEG", exif=exif)
    return out.getvalue()


def png(width: int = 64, height: int = 40) -> bytes:
    out = BytesIO()
    picture(width, height).save(out, "PNG")
    return out.getvalue()


def heic(width: int = 64, height: int = 40) -> bytes:
    import pillow_heif

    out = BytesIO()
    pillow_heif.from_pillow(picture(width, height)).save(out, quality=60)
    return out.getvalue()


def strokes(*, empty: bool = False, shift: int = 0) -> bytes:
    """What a finger writes on the canvas: dark lines on nothing."""
    made = Image.new("RGBA", (300, 100), (0, 0, 0, 0))
    if not empty:
        ImageDraw.Draw(made).line(
            [(10 + shift, 80), (90, 20), (150, 70), (280, 30)], fill=(10, 20, 120, 255), width=4
        )
    out = BytesIO()
    made.save(out, "PNG")
    return out.getvalue()


def pdf(pages: int = 1, *, script: str = "", password: str = "") -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    if script:
        writer.root_object[NameObject("/OpenAction")] = DictionaryObject(
            {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject(script)}
        )
    if password:
        writer.encrypt(password, algorithm="AES-128")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()
