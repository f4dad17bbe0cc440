"""VietQR: the text inside the QR codes of NAPAS 247 transfers, and of printed electricity bills.

A code is a row of objects: two digits of name, two of length, the value; some values are rows of objects
again. The last object is a CRC. Lengths count characters by the specification and bytes in some generators:
we write ASCII, where both agree, and read both. Writing refuses what does not fit, and never cuts: a
shortened payment code is a payment that nobody can match.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field
from enum import StrEnum

from motcua.kernel import vietnamese

NAPAS_AID = "A000000727"
TO_ACCOUNT = "QRIBFTTA"
TO_CARD = "QRIBFTTC"
MERCHANT_PUSH = "QRPUSH"
CASH = "QRCASH"
UTILITIES = "4900"
# The scheme carries transfers below this; a larger sum needs another way to pay.
TRANSFER_LIMIT_VND = 500_000_000

Objects = tuple[tuple[str, str], ...]

_AMOUNT = re.compile(r"^\d+(?:\.\d*)?\Z")
_CRC = re.compile(r"^[0-9A-Fa-f]{4}\Z")
_ASCII = re.compile(r"^[ -~]*\Z")
_CODE = re.compile(r"^[0-9A-Za-z]+\Z")
_ADDITIONAL = {
    "01": "bill_number",
    "02": "mobile",
    "03": "store",
    "04": "loyalty",
    "05": "reference",
    "06": "customer_label",
    "07": "terminal",
    "08": "purpose",
    "09": "data_request",
}


class Reason(StrEnum):
    """Why a code is refused, or what is odd about it."""

    NOT_TEXT = "NOT_TEXT"
    TRUNCATED = "TRUNCATED"
    BAD_LENGTH = "BAD_LENGTH"
    BAD_NAME = "BAD_NAME"
    REPEATED = "REPEATED"
    NOT_FIRST = "NOT_FIRST"
    CRC_MISSING = "CRC_MISSING"
    CRC_NOT_LAST = "CRC_NOT_LAST"
    CRC_WRONG = "CRC_WRONG"
    TEMPLATE_BROKEN = "TEMPLATE_BROKEN"
    AMOUNT = "AMOUNT"
    CURRENCY = "CURRENCY"
    COUNTRY = "COUNTRY"
    INITIATION = "INITIATION"
    SERVICE_MISSING = "SERVICE_MISSING"
    BENEFICIARY = "BENEFICIARY"
    TOO_LONG = "TOO_LONG"
    NOT_ASCII = "NOT_ASCII"
    EMPTY = "EMPTY"


class QrError(ValueError):
    """A code that cannot be read or written. `where` names the object: "38.01"."""

    def __init__(self, reason: Reason, where: str = "", detail: str = "") -> None:
        super().__init__(": ".join(part for part in (reason.value, where, detail) if part))
        self.reason = reason
        self.where = where
        self.detail = detail


@dataclass(frozen=True)
class Oddity:
    """Something odd in a code that could be read all the same."""

    reason: Reason
    where: str
    detail: str = ""


@dataclass(frozen=True)
class Decoded:
    """What a code says. `objects` are all its root objects but the CRC, as they were, in order."""

    objects: Objects
    is_dynamic: bool | None = None
    bin: str = ""
    account: str = ""
    service: str = ""
    aid: str = ""
    merchant_code: str = ""
    category: str = ""
    currency: str = ""
    country: str = ""
    amount_vnd: int | None = None
    merchant_name: str = ""
    city: str = ""
    postal_code: str = ""
    bill_number: str = ""
    mobile: str = ""
    store: str = ""
    loyalty: str = ""
    reference: str = ""
    customer_label: str = ""
    terminal: str = ""
    purpose: str = ""
    data_request: str = ""
    counts_bytes: bool = False
    warnings: tuple[Oddity, ...] = field(default=())

    def is_transfer(self) -> bool:
        """True when a bank app can transfer money by this code alone."""
        return bool(self.bin and self.account and self.service in (TO_ACCOUNT, TO_CARD))

    def encode(self) -> str:
        """The same code again, with its objects in their order and a CRC in capitals."""
        return _with_crc(self.objects, counts_bytes=self.counts_bytes)


def encode(
    *,
    bin: str,
    account: str,
    amount_vnd: int | None = None,
    purpose: str = "",
    bill_number: str = "",
    customer_label: str = "",
    reference: str = "",
    store: str = "",
    terminal: str = "",
    mobile: str = "",
    service: str = TO_ACCOUNT,
    category: str = "",
    merchant_name: str = "",
    city: str = "",
    postal_code: str = "",
    below_vnd: int = TRANSFER_LIMIT_VND,
) -> str:
    """A NAPAS 247 code. With an amount it is for one payment, without one for many.

    Vietnamese marks in words are taken off; codes must be letters and digits already. Refuses what is too
    long.
    """
    if not re.fullmatch(r"\d{6}", bin):
        raise QrError(Reason.BENEFICIARY, "38.01.00", "a bank has six digits")
    beneficiary = _write((("00", bin), ("01", _code(account, "38.01.01", 19))))
    napas = [("00", NAPAS_AID), ("01", beneficiary)]
    if service:
        if service not in (TO_ACCOUNT, TO_CARD, MERCHANT_PUSH, CASH):
            raise QrError(Reason.SERVICE_MISSING, "38.02", f"not a service: {service!r}")
        napas.append(("02", service))
    amount = "" if amount_vnd is None else _amount(amount_vnd, below_vnd)
    additional = (
        ("01", _code(bill_number, "62.01", 25)),
        ("02", _code(mobile, "62.02", 25)),
        ("03", _words(store, "62.03", 25)),
        ("05", _code(reference, "62.05", 25)),
        ("06", _code(customer_label, "62.06", 25)),
        ("07", _words(terminal, "62.07", 25)),
        ("08", _words(purpose, "62.08", 25)),
    )
    return _assemble(
        account=("38", _write(tuple(napas))),
        amount=amount,
        additional=additional,
        category=category,
        merchant_name=merchant_name,
        city=city,
        postal_code=postal_code,
    )


def encode_bill(
    *,
    merchant_code: str,
    customer_label: str,
    merchant_name: str,
    city: str,
    purpose: str = "TT tien dien",
    aid: str = "00",
    store: str = "00",
    terminal: str = "00",
    bill_number: str = "",
    category: str = UTILITIES,
) -> str:
    """The code on a printed electricity bill: wallets look the bill up by the customer's account code.

    It names the power company by its tax code and is no bank transfer.
    """
    additional = (
        ("01", _code(bill_number, "62.01", 25)),
        ("03", _words(store, "62.03", 25)),
        ("06", _code(customer_label, "62.06", 25, needed=True)),
        ("07", _words(terminal, "62.07", 25)),
        ("08", _words(purpose, "62.08", 25)),
    )
    merchant = (("00", _words(aid, "26.00", 32)), ("01", _words(merchant_code, "26.01", 32)))
    if not merchant_code:
        raise QrError(Reason.EMPTY, "26.01")
    return _assemble(
        account=("26", _write(merchant)),
        amount="",
        additional=additional,
        category=category,
        merchant_name=merchant_name,
        city=city,
        postal_code="",
    )


def crc(text: str) -> str:
    """CRC-16/CCITT-FALSE of the text as UTF-8, in four hexadecimal capitals."""
    return f"{binascii.crc_hqx(text.encode(), 0xFFFF):04X}"


def decode(text: str, *, strict: bool = True) -> Decoded:
    """Read a code.

    Strict refuses, with a precise reason, a wrong CRC, a tree of objects that does not close, and an
    impossible amount. Lenient tells these as warnings and gives what is certain: never an account out of a
    broken template. Both are tolerant of names that are too long, of other currencies and of missing parts,
    and warn.
    """
    text = text.strip()
    if not text or any(ord(letter) < 32 for letter in text):
        raise QrError(Reason.NOT_TEXT)
    found: list[Oddity] = []
    _check_crc(text, strict, found)
    objects, counts_bytes = _read_root(text)
    reader = _Reader(objects, counts_bytes, strict, found)
    return reader.decoded()


# writing


def _assemble(
    *,
    account: tuple[str, str],
    amount: str,
    additional: Objects,
    category: str,
    merchant_name: str,
    city: str,
    postal_code: str,
) -> str:
    if category and not re.fullmatch(r"\d{4}", category):
        raise QrError(Reason.BAD_LENGTH, "52", "a category has four digits")
    more = _write(tuple((name, value) for name, value in additional if value))
    if len(more) > 99:
        raise QrError(Reason.TOO_LONG, "62", f"{len(more)} of 99")
    objects = (
        ("00", "01"),
        ("01", "12" if amount else "11"),
        account,
        ("52", category),
        ("53", "704"),
        ("54", amount),
        ("58", "VN"),
        ("59", _words(merchant_name, "59", 25)),
        ("60", _words(city, "60", 15)),
        ("61", _words(postal_code, "61", 10)),
        ("62", more),
    )
    return _with_crc(tuple((name, value) for name, value in objects if value))


def _with_crc(objects: Objects, *, counts_bytes: bool = False) -> str:
    body = _write(objects, counts_bytes=counts_bytes) + "6304"
    return body + crc(body)


def _write(objects: Objects, *, counts_bytes: bool = False) -> str:
    parts = []
    for name, value in objects:
        length = len(value.encode()) if counts_bytes else len(value)
        if not 1 <= length <= 99:
            raise QrError(Reason.TOO_LONG if length else Reason.EMPTY, name, f"{length} of 99")
        parts.append(f"{name}{length:02d}{value}")
    return "".join(parts)


def _amount(amount_vnd: int, below_vnd: int) -> str:
    if not isinstance(amount_vnd, int) or isinstance(amount_vnd, bool) or amount_vnd <= 0:
        raise QrError(Reason.AMOUNT, "54", "whole dong, more than none")
    if amount_vnd >= below_vnd or len(str(amount_vnd)) > 13:
        raise QrError(Reason.AMOUNT, "54", f"a transfer carries less than {below_vnd}")
    return str(amount_vnd)


def _code(value: str, where: str, limit: int, *, needed: bool = False) -> str:
    needed = needed or where.startswith("38")
    if not value:
        if needed:
            raise QrError(Reason.EMPTY, where)
        return ""
    if not _CODE.match(value):
        raise QrError(Reason.NOT_ASCII, where, "letters A to Z and digits only")
    return _fitting(value, where, limit)


def _words(value: str, where: str, limit: int) -> str:
    bare = value if _ASCII.match(value) else vietnamese.ascii_text(value)
    if value.strip() and len(bare) != len(vietnamese.clean(value)) and not _ASCII.match(value):
        raise QrError(Reason.NOT_ASCII, where, "letters that ASCII has no likeness of")
    return _fitting(bare, where, limit)


def _fitting(value: str, where: str, limit: int) -> str:
    if len(value) > limit:
        raise QrError(Reason.TOO_LONG, where, f"{len(value)} of {limit}")
    return value


# reading


def _check_crc(text: str, strict: bool, found: list[Oddity]) -> None:
    if text[-8:-4] != "6304" or not _CRC.match(text[-4:]):
        # The tree says more precisely what is wrong; when it closes, the CRC is missing.
        objects, _ = _read_root(text)
        names = [name for name, _ in objects]
        raise QrError(Reason.CRC_NOT_LAST if "63" in names else Reason.CRC_MISSING, "63")
    right = crc(text[:-4])
    if right != text[-4:].upper():
        if strict:
            raise QrError(Reason.CRC_WRONG, "63", f"{text[-4:]} is written, {right} is right")
        found.append(Oddity(Reason.CRC_WRONG, "63", right))


def _read_root(text: str) -> tuple[Objects, bool]:
    """The root objects with the CRC taken off, and whether lengths count bytes."""
    try:
        objects = _read(text, "")
        _check_root(objects)
        if text.isascii() or all(_closes(name, value) for name, value in objects):
            return objects[:-1] if objects[-1][0] == "63" else objects, False
        problem = QrError(Reason.TEMPLATE_BROKEN)
    except QrError as error:
        problem = error
    if not text.isascii():
        try:
            objects = _read_bytes(text, "")
            _check_root(objects)
            return objects[:-1] if objects[-1][0] == "63" else objects, True
        except QrError:
            pass
    raise problem


def _check_root(objects: Objects) -> None:
    names = [name for name, _ in objects]
    if names[0] != "00":
        raise QrError(Reason.NOT_FIRST, names[0], "00 comes first")
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise QrError(Reason.REPEATED, twice)
    if "63" in names and names[-1] != "63":
        raise QrError(Reason.CRC_NOT_LAST, "63", "something stands behind the CRC")


def _is_template(name: str) -> bool:
    number = int(name)
    return 26 <= number <= 51 or number in (62, 64) or number >= 80


def _closes(name: str, value: str) -> bool:
    if not _is_template(name):
        return True
    try:
        _read(value, name)
    except QrError:
        return False
    return True


def _read(text: str, where: str) -> Objects:
    objects = []
    place = 0
    while place < len(text):
        name, length = text[place : place + 2], text[place + 2 : place + 4]
        here = f"{where}.{name}" if where else name
        if len(length) < 2:
            raise QrError(Reason.TRUNCATED, here, f"{text[place:]!r} is no object")
        if not (name.isascii() and name.isdigit()):
            raise QrError(Reason.BAD_NAME, here)
        if not (length.isascii() and length.isdigit()) or length == "00":
            raise QrError(Reason.BAD_LENGTH, here, repr(length))
        place += 4 + int(length)
        if place > len(text):
            raise QrError(Reason.TRUNCATED, here, f"{place - len(text)} of {int(length)} are missing")
        objects.append((name, text[place - int(length) : place]))
    return tuple(objects)


def _read_bytes(text: str, where: str) -> Objects:
    """The same with lengths in bytes of UTF-8; one letter a byte makes both the same work."""
    objects = _read(text.encode().decode("latin-1"), where)
    try:
        return tuple((name, value.encode("latin-1").decode()) for name, value in objects)
    except UnicodeDecodeError:
        raise QrError(Reason.TRUNCATED, where, "a length ends inside a letter") from None


class _Reader:
    """Fills a `Decoded` from root objects."""

    def __init__(self, objects: Objects, counts_bytes: bool, strict: bool, found: list[Oddity]) -> None:
        self.objects = objects
        self.root = dict(objects)
        self.counts_bytes = counts_bytes
        self.strict = strict
        self.found = found
        self.values: dict[str, str] = {}

    def decoded(self) -> Decoded:
        root = self.root
        self._read_accounts()
        for name, value in self._template("62").items():
            if name in _ADDITIONAL:
                self.values[_ADDITIONAL[name]] = value
        initiation = root.get("01", "")
        if initiation not in ("11", "12"):
            self._warn(Reason.INITIATION, "01", initiation)
        if root.get("53") != "704":
            self._warn(Reason.CURRENCY, "53", root.get("53", ""))
        if root.get("58", "").upper() != "VN":
            self._warn(Reason.COUNTRY, "58", root.get("58", ""))
        for name, limit in (("59", 25), ("60", 15), ("61", 10)):
            if len(root.get(name, "")) > limit:
                self._warn(Reason.TOO_LONG, name, f"{len(root[name])} of {limit}")
        return Decoded(
            objects=self.objects,
            is_dynamic={"11": False, "12": True}.get(initiation),
            category=root.get("52", ""),
            currency=root.get("53", ""),
            country=root.get("58", ""),
            amount_vnd=self._amount(),
            merchant_name=root.get("59", ""),
            city=root.get("60", ""),
            postal_code=root.get("61", ""),
            counts_bytes=self.counts_bytes,
            warnings=tuple(self.found),
            **self.values,
        )

    def _read_accounts(self) -> None:
        if "38" in self.root:
            self._read_napas()
        for name in self.root:
            if not _is_template(name) or name in ("38", "62"):
                continue
            parts = self._template(name)
            if 26 <= int(name) <= 51 and "merchant_code" not in self.values:
                self.values.setdefault("aid", parts.get("00", ""))
                self.values["merchant_code"] = parts.get("01", "")

    def _read_napas(self) -> None:
        parts = self._template("38")
        if not parts:
            return
        self.values["aid"] = parts.get("00", "")
        if parts.get("02"):
            self.values["service"] = parts["02"]
        else:
            self._warn(Reason.SERVICE_MISSING, "38.02")
        beneficiary = self._template("38.01", parts.get("01", ""))
        bank, account = beneficiary.get("00", ""), beneficiary.get("01", "")
        extra = sorted(set(beneficiary) - {"00", "01"})
        if extra:
            self._warn(Reason.BENEFICIARY, f"38.01.{extra[0]}", "more than bank and account")
        if not re.fullmatch(r"\d{6}", bank) or not account or len(account) > 19:
            self._warn(Reason.BENEFICIARY, "38.01", "no bank of six digits with an account of at most 19")
        self.values["bin"], self.values["account"] = bank, account

    def _template(self, where: str, value: str | None = None) -> dict[str, str]:
        value = self.root.get(where, "") if value is None else value
        if not value:
            return {}
        try:
            objects = (_read_bytes if self.counts_bytes else _read)(value, where)
        except QrError as error:
            broken = QrError(
                Reason.TEMPLATE_BROKEN, error.where, f"{error.reason.value} {error.detail}".strip()
            )
            if self.strict:
                raise broken from None
            self._warn(broken.reason, broken.where, broken.detail)
            return {}
        if len({name for name, _ in objects}) != len(objects):
            if self.strict:
                raise QrError(Reason.REPEATED, where)
            self._warn(Reason.REPEATED, where)
            return {}
        return dict(objects)

    def _amount(self) -> int | None:
        written = self.root.get("54")
        if written is None:
            return None
        whole, _, fraction = written.partition(".")
        if _AMOUNT.match(written) and len(written) <= 13 and not fraction.strip("0") and int(whole) > 0:
            return int(whole)
        if self.strict:
            raise QrError(Reason.AMOUNT, "54", repr(written))
        self._warn(Reason.AMOUNT, "54", repr(written))
        return None

    def _warn(self, reason: Reason, where: str, detail: str = "") -> None:
        self.found.append(Oddity(reason, where, detail))
