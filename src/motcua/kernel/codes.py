"""Numbers and codes that people copy, say and mistype: request numbers, payment codes, account codes.

The check character is our own, over the 36 symbols 0-9 A-Z. ISO 7064 MOD 37,36 has the same alphabet, but
lets one in 36 swaps of neighbouring symbols such as 3 and 4 pass. Ours works in the ring GF(4) x GF(9),
which has 36 elements: each symbol is added after multiplying by an element `a` for which a, a-1, a+1 all
have inverses. So every single wrong symbol, every swap of neighbours, every swap over one symbol and every
wrong pair (11 for 22) is found.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from motcua.kernel import access_codes

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CHARGE_KINDS = ("CM", "TC", "DD", "NG", "TD", "DC", "LS")

_VALUE = {letter: value for value, letter in enumerate(ALPHABET)}
_LOOKS_LIKE_DIGIT = str.maketrans("OIL", "011")
_REQUEST = re.compile(r"^([A-Z]{1,4})(\d{2})(\d{6,8})([0-9A-Z])\Z")
_PREFIX = re.compile(r"^[A-Z]{1,4}\Z")
_PAYMENT_SERIAL_DIGITS = 9
_PAYMENT = re.compile(rf"(?=((?:{'|'.join(CHARGE_KINDS)})\d{{{_PAYMENT_SERIAL_DIGITS}}}[0-9A-Z]))")
_ACCOUNT = re.compile(r"^P[A-Z][0-9A-Z]{4}[0-9]{7}\Z")
_ACCOUNT_PREFIX = re.compile(r"^P[A-Z][0-9A-Z]{4}\Z")
_JOINERS = re.compile(r"[\s\-–—‐‑_./]+")


def _gf4_times_w(x: int) -> int:
    """x times w in GF(4) = {0, 1, w, w+1}, written as two bits."""
    return (0, 2, 3, 1)[x]


def _gf9_times_g(x: int) -> int:
    """x times g in GF(9) = Z3[i], i*i = -1, with g = 1 + i of order eight; x is written re + 3 * im."""
    re_, im = x % 3, x // 3
    return (re_ - im) % 3 + 3 * ((re_ + im) % 3)


def _add(x: int, y: int) -> int:
    """The sum in the ring; x is written gf4 + 4 * gf9."""
    a, b = x // 4, y // 4
    return ((x % 4) ^ (y % 4)) + 4 * ((a % 3 + b % 3) % 3 + 3 * ((a // 3 + b // 3) % 3))


_TIMES: Sequence[int] = tuple(_gf4_times_w(x % 4) + 4 * _gf9_times_g(x // 4) for x in range(36))
_SUM: Sequence[Sequence[int]] = tuple(tuple(_add(x, y) for y in range(36)) for x in range(36))
_MINUS: Sequence[int] = tuple(row.index(0) for row in _SUM)


def check_character(body: str) -> str:
    """The check character of upper-case letters and digits."""
    return ALPHABET[_MINUS[_TIMES[_weigh(body)]]]


def has_valid_check(text: str) -> bool:
    """True when the last symbol is the check character of those before it."""
    return len(text) > 1 and all(letter in _VALUE for letter in text) and _weigh(text) == 0


def _weigh(text: str) -> int:
    total = 0
    for letter in text:
        total = _SUM[_TIMES[total]][_VALUE[letter]]
    return total


def request_number(company_letter: str, year: int, serial: int) -> str:
    """The number of a request: letters of the company, year, serial, check: "HN26-000123-…"."""
    if not _PREFIX.match(company_letter):
        raise ValueError("a company has one to four capital letters")
    if not 0 < serial < 100_000_000:
        raise ValueError("a serial has one to eight digits and is not zero")
    prefix = f"{company_letter}{year % 100:02d}"
    digits = f"{serial:06d}"
    return f"{prefix}-{digits}-{check_character(prefix + digits)}"


def parse_request_number(text: str) -> str | None:
    """The request number in what a person typed or said, in its proper form; None when it cannot be one.

    Forgives spaces, lower case, missing dashes, and the letters O, I, L for digits of the serial. The check
    character finds every single wrong symbol and every swap of neighbours.
    """
    bare = _JOINERS.sub("", text.strip()).upper()
    if not 10 <= len(bare) <= 15 or not bare.isascii() or not bare.isalnum():
        return None
    found = {number for length in range(1, 5) if (number := _request_with_prefix(bare, length))}
    return found.pop() if len(found) == 1 else None


def _request_with_prefix(bare: str, length: int) -> str | None:
    # Letters are taken for digits only where no swap with a letter O of the company or of the check can put
    # one.
    head, serial, check = bare[: length + 2], bare[length + 2 : -1], bare[-1]
    fixed = len(serial) - 2 if check.isdigit() else len(serial)
    shape = _REQUEST.match(head + serial[:fixed].translate(_LOOKS_LIKE_DIGIT) + serial[fixed:] + check)
    if not shape or len(shape[1]) != length or not has_valid_check(shape[0]) or int(shape[3]) == 0:
        return None
    if len(shape[3]) > 6 and shape[3][0] == "0":
        return None
    return f"{shape[1]}{shape[2]}-{shape[3]}-{shape[4]}"


def payment_code(kind: str, serial: int) -> str:
    """The code that travels unchanged through QR and bank statement: kind, nine digits, check character."""
    if kind not in CHARGE_KINDS:
        raise ValueError(f"not a kind of charge: {kind!r}")
    if not 0 < serial < 10**_PAYMENT_SERIAL_DIGITS:
        raise ValueError("a serial has one to nine digits and is not zero")
    body = f"{kind}{serial:0{_PAYMENT_SERIAL_DIGITS}d}"
    return body + check_character(body)


def parse_payment_code(text: str) -> str | None:
    """The payment code that the text is, or None."""
    found = find_payment_codes(text)
    bare = _JOINERS.sub("", text).upper()
    return bare if found == [bare] else None


def find_payment_codes(text: str) -> list[str]:
    """Every valid payment code in a bank's text, in order, each once.

    Banks put words before and behind, glue them on, change case, or break the line in the middle of the code.
    """
    upper = text.upper()
    found: dict[str, None] = {}
    for form in (upper, _JOINERS.sub("", upper)):
        for code in _PAYMENT.findall(form):
            if has_valid_check(code):
                found.setdefault(code)
    return list(found)


def clean_account_code(text: str) -> str:
    """A customer's account code as it is stored: upper case, no spaces."""
    return _JOINERS.sub("", text).upper()


def is_account_code(text: str) -> bool:
    """True for thirteen characters: P, a letter, four letters or digits of the unit, seven digits."""
    return bool(_ACCOUNT.match(text))


def make_account_code(prefix6: str, serial: int) -> str:
    """The account code number `serial` of the unit with that prefix."""
    if not _ACCOUNT_PREFIX.match(prefix6):
        raise ValueError(f"not the prefix of a unit: {prefix6!r}")
    if not 0 < serial < 10_000_000:
        raise ValueError("a serial has one to seven digits and is not zero")
    return f"{prefix6}{serial:07d}"


def spoken_code_word(rng: random.Random | None = None) -> str:
    """Two Vietnamese words that let somebody without a phone follow a request; see `access_codes`."""
    return access_codes.spoken_code_word(rng)
