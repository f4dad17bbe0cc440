"""Telephone numbers as people in Vietnam write them, and as we store them (E.164).

The library is slow to import (a fifth of a second), so it comes with the first number.
"""

from __future__ import annotations

import re

# The eleven-digit mobile numbers of before 2018 and what they became.
_OLD_MOBILE = {
    "0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078",
    "0123": "083", "0124": "084", "0125": "085", "0127": "081", "0129": "082",
    "0162": "032", "0163": "033", "0164": "034", "0165": "035", "0166": "036",
    "0167": "037", "0168": "038", "0169": "039",
    "0186": "056", "0188": "058", "0199": "059",
}  # fmt: skip
# Mobile numbers of today whose every ending the library takes as possible: most of what comes, and known without it.
_MOBILE = re.compile(r"^0(?:3[2-9]|5[689]|7[06-9]|8[1-8]|9[0-8])[0-9]{7}$")
_ALLOWED = re.compile(r"^\+?[\d\s().\-–·/]+$")


def normalise(text: str) -> str | None:
    """The number as "+84901234567", or None when it is no possible number.

    Understands spaces and dots, 0084 and 84 and a superfluous zero after them, old eleven-digit mobile
    numbers, old Hanoi numbers (04), and foreign numbers written with + or 00. An old Saigon number (08 and
    eight digits) is now somebody's mobile number and is taken as such.
    """
    if _MOBILE.fullmatch(text):
        return f"+84{text[1:]}"  # most of what comes, and already as it is wanted
    written = text.strip().replace("\u00a0", " ").replace("\u200b", "")
    if not _ALLOWED.match(written):
        return None
    digits = re.sub(r"\D", "", written)
    if written.startswith("+"):
        international = digits
    elif digits.startswith("00"):
        international = digits[2:]
    elif digits.startswith("84") and len(digits) >= 11:
        international = digits
    else:
        return _vietnamese(digits)
    if international.startswith("84"):
        national = international[2:]
        return _vietnamese(national if national.startswith("0") else "0" + national)
    return _checked("+" + international, None)


def _vietnamese(national: str) -> str | None:
    if len(national) == 9 and national[0] != "0":
        national = "0" + national
    if len(national) == 11 and national[:4] in _OLD_MOBILE:
        national = _OLD_MOBILE[national[:4]] + national[4:]
    elif len(national) == 10 and national.startswith("04"):
        national = "02" + national[1:]
    if _MOBILE.match(national):
        return f"+84{national[1:]}"
    return _checked(national, "VN") if national.startswith("0") else None


def _checked(number: str, region: str | None) -> str | None:
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def is_mobile(number: str) -> bool:
    """True when a stored number can be sent a text message."""
    import phonenumbers

    try:
        kind = phonenumbers.number_type(phonenumbers.parse(number, None))
    except phonenumbers.NumberParseException:
        return False
    return kind in {
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    }


def display(number: str) -> str:
    """A stored number as it is read aloud: "0901 234 567", "024 3825 1234"; foreign ones with their +."""
    if not number.startswith("+84"):
        import phonenumbers

        try:
            parsed = phonenumbers.parse(number, None)
        except phonenumbers.NumberParseException:
            return number
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    national = "0" + number[3:]
    if len(national) == 10:
        return f"{national[:4]} {national[4:7]} {national[7:]}"
    if len(national) == 11 and national.startswith(("024", "028")):
        return f"{national[:3]} {national[3:7]} {national[7:]}"
    if len(national) == 11:
        return f"{national[:4]} {national[4:7]} {national[7:]}"
    return national


def mask(number: str) -> str:
    """A number its owner knows again and nobody else can use: "09•• ••• 567"."""
    shown = display(number)
    digits = [i for i, letter in enumerate(shown) if letter.isdigit()]
    hidden = set(digits[2:-3])
    return "".join("•" if i in hidden else letter for i, letter in enumerate(shown))
