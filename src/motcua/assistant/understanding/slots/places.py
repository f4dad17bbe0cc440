"""Addresses as people write them: from a house number, lane, street, hamlet or ward to where the place ends."""

# ruff: noqa: E501 - tables of words read better on one line

from __future__ import annotations

import re
from collections.abc import Iterator

from motcua.assistant.understanding import tables
from motcua.assistant.understanding.slots.spans import Kind, Slot

_NUMBER = r"\d{1,4}[a-z]?(?:/\d{1,4}[a-z]?)*(?: ?[a-z]\b(?= (?:ngo|duong|pho)))?"
_PLACE = r"(?:ngo|ngach|hem|kiet|duong|pho|thon|xom|ap|khom|ban|to dan pho|to|khu pho|kp|khu do thi|khu tap the|khu dan cu|khu|kdt|kdc|ktt|chung cu|toa nha|toa|phuong|p\.|xa|thi tran|tt\.|quan|q\.|huyen|thi xa|tx\.|thanh pho|tp\.?|tinh|quoc lo|ql|tinh lo)"
_SURE = re.compile(
    rf"\b(?:so nha\s*{_NUMBER}|(?:so|nha so|nha) {_NUMBER}(?= [a-z])(?! (?:dien|kw|so|ky|thang|tien|dong|gio|nguoi|trieu|nghin|may|ho|pha|phong|can))"
    rf"|(?:ngo|ngach|hem|kiet) \d[\w/]*|(?:duong|pho|thon|(?<!hang )(?<!lang )xom|khom|khu pho|to dan pho|khu do thi|khu tap the|khu dan cu|chung cu|toa nha|phuong|xa|thi tran|quan|huyen|thi xa) (?!(?:day|sa|nao|toi|em|minh|nay|khac|truoc|vao|xa|gan|ly|nha|ngay|bien|quoc|doi|huong|cua|the)\b)[\w]+|(?:ap|to|khu) \d+|(?:p|q|kp)\.? ?\d{{1,2}}\b)"
)
_HOUSE = re.compile(rf"(?<![\w/.,-]){_NUMBER} (?=[^\W\d_])")
_PIECE = re.compile(r"[\w/.\-]+|[,;:?!\n()]")
_STOP = tables.words("place_stops")
_STREET_WORDS = frozenset({"duong", "pho", "ngo", "ngach", "hem", "kiet"})
_STRETCH = re.compile(rf"{_PLACE}(?!\w)|\d")
# How the words of places are written; with other marks it is another word ("quán" is no "quận").
_WRITTEN = frozenset(
    [
        "ngõ", "ngách", "hẻm", "kiệt", "đường", "phố", "thôn", "xóm", "ấp", "khóm", "khu", "tổ", "phường", "xã", "thị", "quận", "huyện", "chung",
        "tòa", "toà", "số", "nhà", "p", "q", "kp", "kđt", "kdc",
    ]
)  # fmt: skip
_LIVES_AT = re.compile(r"\b(?:[ởỞ]|[oO]|tại|tai|địa chỉ|dia chi)\s*:?\s+((?:[A-ZÀ-ỸĐ]\w+[ ,]+)+[A-ZÀ-ỸĐ]\w+)")
_PART = re.compile(r"\b(so nha|ngo|ngach|hem|kiet|duong|pho|thon|xom|ap|phuong|xa|quan|huyen|thi tran)\b")
_LANE = re.compile(
    r"\b(?:so nha|ngo|ngach|hem|kiet|phuong|quan) \d|^(?:nha )?(?:so )?\d+[a-z/0-9]* (?:ngo|ngach|hem|duong|pho) "
)
_LONGEST = 14


def find(text: str, folded: str) -> Iterator[Slot]:
    has_marks = not text.isascii()
    begins = [
        found.span()
        for found in _SURE.finditer(folded)
        if not has_marks or re.findall(r"[^\W\d_]+", text[found.start() :].lower())[0] in _WRITTEN
    ]
    begins += [found.span() for found in _HOUSE.finditer(folded) if _names_street(text, folded, found)]
    begins += [found.span(1) for found in _LIVES_AT.finditer(text)]
    reached = -1
    for begin, sure in sorted(begins):
        if begin < reached:
            continue
        end = _end(text, folded, begin, sure)
        value = text[begin:end].strip(" ,.;:")
        if len(value.split()) >= 2 or re.match(r"(?:p|q)\.?\d", folded[begin:end]):
            reached = end
            yield Slot(Kind.ADDRESS, value, begin, begin + len(value))


def is_surely_one(folded: str) -> bool:
    """True for two parts of a place, or a numbered lane: a place whatever its marks would say."""
    parts = set(_PART.findall(folded))
    return len(parts) >= 2 or bool(_LANE.search(folded))


def _names_street(text: str, folded: str, found: re.Match[str]) -> bool:
    """ "12/5 Nguyễn Trãi": a number and words with capitals, or a word of streets behind it."""
    after = text[found.end() :].split()
    if folded[found.end() :].split()[0] in _STREET_WORDS:
        return True
    if re.search(r"(?:ngay|thang|hom|mung|so tien|ma|sdt|hen|kw|ky)\s*$", folded[: found.start()]):
        return False
    is_said = re.search(r"\b(?:o|tai|nha|dia chi|so)\s*:?\s*$", folded[: found.start()]) is not None
    capitals = len(after) >= 2 and all(word[0].isupper() and not word.isupper() for word in after[:2])
    plain_name = len(after) >= 2 and not set(folded[found.end() :].split()[:2]) & (
        _STOP | {"gio", "h", "nguoi", "phong", "thang", "kw", "pha"}
    )
    return capitals or (is_said and plain_name)


def _end(text: str, folded: str, begin: int, sure: int) -> int:
    """Where the place ends: at a mark, a word of other things, or before a clause that names no place.

    What stands before `sure` belongs to it whatever it is.
    """
    last, words = begin, 0
    for found in _PIECE.finditer(folded, begin):
        piece = found.group()
        if piece in ";:?!\n()":
            break
        if piece == ",":
            if not _goes_on(text, folded, begin, found.end()):
                break
            continue
        is_name = text[found.start()].isupper() and not text[begin : found.end()].isupper()
        if (
            found.start() >= sure
            and piece in _STOP
            and not is_name
            and not _STRETCH.match(folded, found.start())
        ):
            break
        words += 1
        last = found.end()
        if words >= _LONGEST or piece.endswith("."):
            if piece.endswith(".") and len(piece) > 3:
                last -= 1
                break
            if words >= _LONGEST:
                break
    return last


def _goes_on(text: str, folded: str, begin: int, at: int) -> bool:
    """Behind a comma: another part of the place, of a kind that was not named yet."""
    rest, original = folded[at:].lstrip(), text[at:].lstrip()
    part = _STRETCH.match(rest)
    if part and not part.group().isdigit():
        return not re.search(rf"\b{re.escape(part.group())}(?!\w)", folded[begin:at])
    if part:
        return not re.match(r"\d{6,}", rest)
    return bool(original) and original[0].isupper()
