"""Reading a code: strictly, or leniently with what is odd about it told as warnings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from motcua.kernel.vietqr.objects import (
    TO_ACCOUNT,
    TO_CARD,
    Objects,
    Oddity,
    QrError,
    Reason,
    crc,
    with_crc,
)

# The static account sample of NAPAS's own "QR Format" v1.0 (09/2021): its CRC is right, an inner length is not.
NAPAS_BAD_SAMPLE = (
    "00020101021138570010A00000072701270006970403011200110123456780208QRIBFTTA53037045802VN6304F4E5"
)
_SAMPLE_NOTE = "this is the malformed sample printed in NAPAS's QR Format v1.0"

_AMOUNT = re.compile(r"^\d+(?:\.\d*)?\Z")
_CRC = re.compile(r"^[0-9A-Fa-f]{4}\Z")
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
        return with_crc(self.objects, counts_bytes=self.counts_bytes)


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
    try:
        return reader.decoded()
    except QrError as error:
        if text == NAPAS_BAD_SAMPLE:
            raise QrError(error.reason, error.where, f"{error.detail}; {_SAMPLE_NOTE}") from None
        raise


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
    objects: list[tuple[str, str]] = []
    place = 0
    while place < len(text):
        name, length = text[place : place + 2], text[place + 2 : place + 4]
        here = f"{where}.{name}" if where else name
        if len(length) < 2:
            raise QrError(Reason.TRUNCATED, here, f"{text[place:]!r} is no object{_behind(objects, where)}")
        if not (name.isascii() and name.isdigit()):
            raise QrError(Reason.BAD_NAME, here)
        if not (length.isascii() and length.isdigit()) or length == "00":
            raise QrError(Reason.BAD_LENGTH, here, repr(length))
        place += 4 + int(length)
        if place > len(text):
            raise QrError(Reason.TRUNCATED, here, f"{place - len(text)} of {int(length)} are missing")
        objects.append((name, text[place - int(length) : place]))
    return tuple(objects)


def _behind(objects: list[tuple[str, str]], where: str) -> str:
    """What stands before a rest that is no object: most likely its length is what is wrong."""
    if not objects:
        return ""
    name, value = objects[-1]
    return f"; it stands behind {where}.{name} of length {len(value)}" if where else ""


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
