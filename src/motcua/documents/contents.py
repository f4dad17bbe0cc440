"""What a file is, by its first bytes and never by its name; and what we take."""

from __future__ import annotations

import re
import unicodedata

from motcua.kernel.results import Refused, gettext_noop

JPEG = "image/jpeg"
PNG = "image/png"
HEIC = "image/heic"
PDF = "application/pdf"
JSON = "application/json"

MAX_BYTES = 10 * 1024 * 1024
MAX_NAME = 100

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})
_PDF_SEARCH = 1024
_EXTENSIONS = {JPEG: ".jpg", PNG: ".png", PDF: ".pdf", JSON: ".json"}


class FileEmpty(Refused):
    code = "FILE_EMPTY"
    message = gettext_noop("Tệp trống. Vui lòng chọn tệp khác.")


class FileTooLarge(Refused):
    code = "FILE_TOO_LARGE"
    message = gettext_noop(
        "Tệp nặng %(size_mb)s MB, giới hạn là %(limit_mb)s MB. Vui lòng chụp lại ở cỡ nhỏ hơn."
    )


class FileKindUnknown(Refused):
    code = "FILE_KIND_UNKNOWN"
    message = gettext_noop("Chỉ nhận ảnh JPEG, PNG, HEIC hoặc tệp PDF.")


class FileDamaged(Refused):
    code = "FILE_DAMAGED"
    message = gettext_noop("Tệp bị hỏng hoặc chưa tải lên hết. Vui lòng gửi lại.")


class PictureTooLarge(Refused):
    code = "PICTURE_TOO_LARGE"
    message = gettext_noop("Ảnh có quá nhiều điểm ảnh. Vui lòng chụp lại ở độ phân giải thấp hơn.")


def sniff(content: bytes) -> str | None:
    """The MIME type of what we take, or None."""
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content[4:8] == b"ftyp" and _is_heic(content):
        return HEIC
    if b"%PDF-" in content[:_PDF_SEARCH]:
        return PDF
    return None


def _is_heic(content: bytes) -> bool:
    size = int.from_bytes(content[:4], "big")
    brands = {content[start : start + 4] for start in (8, *range(16, min(size, 128), 4))}
    return not brands.isdisjoint(_HEIC_BRANDS)


def judge_size(content: bytes) -> None:
    """Raises FileEmpty or FileTooLarge."""
    if not content:
        raise FileEmpty(field="file")
    if len(content) > MAX_BYTES:
        size_mb = f"{len(content) / 1048576:.1f}".replace(".", ",")
        raise FileTooLarge(field="file", size_mb=size_mb, limit_mb=MAX_BYTES // 1048576)


def clean_name(name: str, mime: str) -> str:
    """A file name that is safe to offer for download: no folders, no control letters, the ending of what it is."""
    text = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    text = "".join(c for c in text if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*;%')
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", text).strip(" .")[:MAX_NAME] or "tai-lieu"
    return stem + _EXTENSIONS.get(mime, "")
