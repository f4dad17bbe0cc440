"""Writing a code: what does not fit is refused, nothing is cut."""

from __future__ import annotations

import re

from motcua.kernel import vietnamese
from motcua.kernel.vietqr.objects import (
    CASH,
    MERCHANT_PUSH,
    NAPAS_AID,
    TO_ACCOUNT,
    TO_CARD,
    TRANSFER_LIMIT_VND,
    UTILITIES,
    Objects,
    QrError,
    Reason,
    with_crc,
    write,
)

_ASCII = re.compile(r"^[ -~]*\Z")
_CODE = re.compile(r"^[0-9A-Za-z]+\Z")


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
    beneficiary = write((("00", bin), ("01", _code(account, "38.01.01", 19))))
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
        account=("38", write(tuple(napas))),
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
        account=("26", write(merchant)),
        amount="",
        additional=additional,
        category=category,
        merchant_name=merchant_name,
        city=city,
        postal_code="",
    )


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
    more = write(tuple((name, value) for name, value in additional if value))
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
    return with_crc(tuple((name, value) for name, value in objects if value))


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
