"""`motcua qr encode` and `motcua qr decode`: a line of JSON for each code. See docs/reference/qr.md.

Needs no installation and no database.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from motcua.companies import account_prefixes, banks
from motcua.kernel import codes, vietqr
from motcua.ops.commands import QR_OPTIONS
from motcua.ops.trouble import Exit

_FIELDS = tuple(name.replace("-", "_") for name in QR_OPTIONS)
# Names of the command that the codec knows otherwise.
_RENAMED = {"amount": "amount_vnd", "customer_code": "customer_label", "tax_code": "merchant_code"}
_INITIATION = {True: "dynamic", False: "static", None: ""}
_OF_A_BILL = frozenset(
    {"merchant_code", "customer_label", "merchant_name", "city", "purpose", "store", "terminal", "bill_number", "category"}
)  # fmt: skip
_OF_A_TRANSFER = frozenset(
    {
        "bin", "account", "amount_vnd", "purpose", "bill_number", "customer_label", "reference", "store", "terminal",
        "mobile", "service", "category", "merchant_name", "city", "postal_code",
    }
)  # fmt: skip


class _Unfit(ValueError):
    """A case that names what a code does not have."""

    def __init__(self, reason: str, where: str, detail: str) -> None:
        super().__init__(f"{reason}: {where}: {detail}")
        self.reason, self.where, self.detail = reason, where, detail


def encode(told: argparse.Namespace) -> int:
    """From the options; without any, a case of JSON a line from the standard input. Exit code 1 for a refusal."""
    given = {name: getattr(told, name) for name in _FIELDS if getattr(told, name) is not None}
    cases: Iterable[Any] = [given] if given else (_case(line) for line in sys.stdin if line.strip())
    return _print(_encoded(case, told.svg) for case in cases)


def decode(told: argparse.Namespace) -> int:
    """The texts named; without any, a text a line from the standard input. Exit code 1 for a refusal."""
    texts: Iterable[str] = told.texts or (line.rstrip("\r\n") for line in sys.stdin if line.strip())
    return _print(_decoded(text, is_strict=not told.lenient) for text in texts)


def _print(answers: Iterable[Mapping[str, Any]]) -> int:
    is_fine = True
    for answer in answers:
        is_fine &= "error" not in answer
        print(json.dumps(answer, ensure_ascii=False), flush=True)
    return int(Exit.OK if is_fine else Exit.FAILED)


def _case(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return line


def _encoded(case: Any, svg: str) -> Mapping[str, Any]:
    try:
        text = _write(case)
    except (vietqr.QrError, _Unfit) as error:
        return _refused(error)
    if svg:
        import segno

        segno.make_qr(text, error="m").save(svg, kind="svg", border=4, scale=8)
    return {"text": text, **_told(vietqr.decode(text)), **({"svg": str(Path(svg))} if svg else {})}


def _write(case: Any) -> str:
    if not isinstance(case, dict):
        raise _Unfit("MALFORMED", "", "a case is an object of JSON")
    given: dict[str, Any] = {
        _RENAMED.get(str(name), str(name)): value for name, value in case.items() if value is not None
    }
    is_bill = "merchant_code" in given
    known = _OF_A_BILL if is_bill else _OF_A_TRANSFER
    for name, value in given.items():
        if name not in known:
            raise _Unfit(
                "UNKNOWN_FIELD", name, "a printed bill has no such field" if is_bill else "no such field"
            )
        if name != "amount_vnd" and not isinstance(value, str):
            raise _Unfit("MALFORMED", name, "text is wanted")
    wanted = ("customer_label", "merchant_name", "city") if is_bill else ("bin", "account")
    for name in wanted:
        if not given.get(name):
            raise _Unfit("FIELD_MISSING", name, "without it there is no code")
    if "amount_vnd" in given:
        given["amount_vnd"] = _amount(given["amount_vnd"])
    return vietqr.encode_bill(**given) if is_bill else vietqr.encode(**given)


def _amount(written: Any) -> Any:
    """Digits become a number; whatever else is said goes on as it is, for the codec to refuse."""
    is_digits = isinstance(written, str) and written.isascii() and written.isdigit()
    return int(written) if is_digits else written


def _decoded(text: str, *, is_strict: bool) -> Mapping[str, Any]:
    try:
        return {"text": text, **_told(vietqr.decode(text, strict=is_strict))}
    except vietqr.QrError as error:
        return {"text": text, **_refused(error)}


def _told(read: vietqr.Decoded) -> dict[str, Any]:
    """What a code says, under the names that `encode` takes; what it does not say is left out."""
    account_code = codes.clean_account_code(read.customer_label)
    is_account = codes.is_account_code(account_code)
    facts = {
        "initiation": _INITIATION[read.is_dynamic],
        "bin": read.bin,
        "bank": banks.name_of(read.bin) if read.bin else "",
        "account": read.account,
        "service": read.service,
        "aid": read.aid,
        "tax_code": read.merchant_code,
        "category": read.category,
        "currency": read.currency,
        "country": read.country,
        "amount_vnd": read.amount_vnd,
        "merchant_name": read.merchant_name,
        "city": read.city,
        "postal_code": read.postal_code,
        "bill_number": read.bill_number,
        "mobile": read.mobile,
        "store": read.store,
        "loyalty": read.loyalty,
        "reference": read.reference,
        "customer_code": read.customer_label,
        "corporation": account_prefixes.corporation_of(account_code) if is_account else "",
        "terminal": read.terminal,
        "purpose": read.purpose,
        "data_request": read.data_request,
    }  # fmt: skip
    return {
        **{name: value for name, value in facts.items() if value not in ("", None)},
        "payable_by_transfer": read.is_transfer(),
        "lengths_count": "bytes" if read.counts_bytes else "characters",
        "encoded_again": read.encode(),
        "warnings": [
            {"reason": str(odd.reason), "where": odd.where, "detail": odd.detail} for odd in read.warnings
        ],
    }


def _refused(error: vietqr.QrError | _Unfit) -> dict[str, Any]:
    return {"error": str(error.reason), "where": error.where, "message": error.detail or str(error)}
