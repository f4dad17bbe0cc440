"""Pictures are decoded and written anew: no place of taking, no other data, nothing hidden behind the picture."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from motcua.documents.contents import HEIC, JPEG, PNG, FileDamaged, PictureTooLarge

MAX_SIDE = 2600
MAX_PIXELS = 80_000_000
THUMBNAIL_SIDE = 320
QUALITY = 86

_FORMATS = {JPEG: "JPEG", PNG: "PNG", HEIC: "HEIF"}


@dataclass(frozen=True)
class CleanPicture:
    content: bytes
    mime: str
    width: int
    height: int
    thumbnail: bytes


def clean(content: bytes, mime: str) -> CleanPicture:
    """The picture upright, at most MAX_SIDE, without its metadata; HEIC becomes JPEG.

    Raises FileDamaged, PictureTooLarge. The same bytes in give the same bytes out.
    """
    picture = _open(content, mime)
    keep_png = mime == PNG
    picture = _to_rgb(picture, keep_alpha=keep_png)
    picture.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    written = _write(picture, PNG if keep_png else JPEG)
    small = _on_white(picture)
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
    return CleanPicture(
        content=written,
        mime=PNG if keep_png else JPEG,
        width=picture.width,
        height=picture.height,
        thumbnail=_write(small, JPEG),
    )


def _open(content: bytes, mime: str) -> Image.Image:
    if mime == HEIC:
        import pillow_heif  # slow to import, seldom needed

        pillow_heif.register_heif_opener()
    try:
        picture = Image.open(BytesIO(content), formats=[_FORMATS[mime]])
        if picture.width * picture.height > MAX_PIXELS:
            raise PictureTooLarge(field="file")
        picture.load()
        return ImageOps.exif_transpose(picture)
    except Image.DecompressionBombError:
        raise PictureTooLarge(field="file") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, MemoryError, RuntimeError):
        raise FileDamaged(field="file") from None


def _to_rgb(picture: Image.Image, *, keep_alpha: bool) -> Image.Image:
    profile = picture.info.get("icc_profile")
    has_alpha = "A" in picture.getbands() or "transparency" in picture.info
    target = "RGBA" if keep_alpha and has_alpha else "RGB"
    if profile and picture.mode in {"RGB", "CMYK"}:
        picture = _to_srgb(picture, profile)
    if picture.mode.startswith("I"):  # 16 bits a pixel
        picture = picture.point(lambda value: value / 256).convert("L")
    plain = picture.convert("RGBA" if has_alpha else "RGB")
    result = plain.convert(target) if target == "RGBA" or not has_alpha else _on_white(plain)
    result.info = {}
    return result


def _to_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        changed = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return changed if changed is not None else picture


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBA":
        return picture.copy()
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper


def _write(picture: Image.Image, mime: str) -> bytes:
    out = BytesIO()
    if mime == PNG:
        picture.save(out, "PNG", optimize=True)
    else:
        picture.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return out.getvalue()


def has_ink(content: bytes) -> bool:
    """Whether a drawn signature shows anything: enough pixels that are not background."""
    picture = _on_white(_open(content, PNG).convert("RGBA")).convert("L")
    return sum(picture.histogram()[:128]) >= 40
