"""Values known by their shape: account codes, request numbers, telephones, identity numbers, e-mail."""

from __future__ import annotations

import re
from collections.abc import Iterator

from motcua.assistant.understanding.slots.spans import Kind, Slot
from motcua.kernel import codes, phones

ACCOUNT_LENGTH = 13
_GAP = r"[ .\-]?"
_ACCOUNT = re.compile(
    rf"(?<![a-z0-9])p{_GAP}[a-z]({_GAP}[0-9oil]){{2}}(?:{_GAP}[0-9a-z]){{2}}(?:{_GAP}[0-9oil]){{7}}(?![a-z0-9])"
)
_ACCOUNT_LIKE = re.compile(r"(?<![a-z0-9])p[a-eghk][0-9]{8,13}(?![a-z0-9])")
_REQUEST = re.compile(r"(?<!\w)[a-z]{2} ?\d{2} ?[-–]? ?\d{4,9} ?[-–]? ?[a-z0-9](?!\w)")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_DIGITS = re.compile(r"(?<![\w+])\+?\(?\d(?:[ .\-()]{0,2}\d){7,13}(?!\w)")
_LIKE_DIGITS = str.maketrans("oil", "011")


def find(text: str, folded: str) -> Iterator[Slot]:
    """All values by shape; overlapping ones too, the surest kind first."""
    for found in _EMAIL.finditer(text):
        yield Slot(Kind.EMAIL, found.group().lower(), found.start(), found.end())
    for found in _ACCOUNT.finditer(folded):
        yield Slot(Kind.ACCOUNT_CODE, account_code(found.group()), found.start(), found.end())
    for found in _ACCOUNT_LIKE.finditer(folded):
        length = len(found.group())
        if length != ACCOUNT_LENGTH:
            yield Slot(
                Kind.ACCOUNT_CODE, "", found.start(), found.end(), f"{length} of {ACCOUNT_LENGTH} characters"
            )
    for found in _REQUEST.finditer(folded):
        number = codes.parse_request_number(found.group())
        if number:
            yield Slot(Kind.REQUEST_NUMBER, number, found.start(), found.end())
    for found in _DIGITS.finditer(text):
        read = _number(found.group(), folded[: found.start()])
        if read is not None:
            yield Slot(read[0], read[1], found.start(), found.end())


def account_code(written: str) -> str:
    """The code without gaps, in capitals, letters that look like digits made digits where digits must stand."""
    bare = re.sub(r"[ .\-]", "", written.lower())
    digits = str.translate(bare[2:4], _LIKE_DIGITS) + bare[4:6] + str.translate(bare[6:], _LIKE_DIGITS)
    return codes.clean_account_code(bare[:2] + digits)


def _number(written: str, before: str) -> tuple[Kind, str] | None:
    digits = re.sub(r"\D", "", written)
    if len(digits) == 12 and digits[0] == "0" and digits[3] in "0123" and not written.startswith("+"):
        return Kind.ID_NUMBER, digits
    if (
        len(digits) == 9
        and digits[0] != "0"
        and re.search(r"(cmnd|cmt|cccd|can cuoc|chung minh)\W*(\w+\W+){0,2}$", before)
    ):
        return Kind.ID_NUMBER, digits
    phone = phones.normalise(written)
    return (Kind.PHONE, phone) if phone else None
