"""What an invoice says, and its text: `DLHDon` in canonical form, sums checked before a letter is written."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from motcua.kernel import money

VAT_INVOICE = "Hóa đơn giá trị gia tăng"
PAYMENT_METHOD = "TM/CK"
GOODS, NOTE = 1, 4
REPLACES, ADJUSTS = 1, 2


class SumsDiffer(ValueError):
    """The lines, the tax and the total of an invoice do not agree."""


@dataclass(frozen=True)
class Party:
    """Seller or buyer. What is empty is left out."""

    name: str
    tax_code: str = ""
    address: str = ""
    customer_code: str = ""
    phone: str = ""
    email: str = ""
    bank_account: str = ""
    bank_name: str = ""


@dataclass(frozen=True)
class Line:
    """Something sold: `quantity` units at `price` give `amount_vnd` before tax; a note has neither."""

    name: str
    amount_vnd: int
    unit: str = ""
    quantity: Decimal | None = None
    price: Decimal | None = None
    nature: int = GOODS


@dataclass(frozen=True)
class Relation:
    """The invoice that this one replaces (1) or adjusts (2)."""

    kind: int
    form: str
    symbol: str
    number: int
    dated: date
    note: str = ""


@dataclass(frozen=True)
class Pair:
    """A free pair of TTKhac: readings, period, place. `kind` is string, numeric, date or dateTime."""

    name: str
    value: str
    kind: str = "string"


@dataclass(frozen=True)
class Draft:
    """All that an invoice says. Amounts are whole dong; `vat_rate` 0.08 is eight in a hundred."""

    version: str
    form: str
    symbol: str
    number: int
    dated: date
    seller: Party
    buyer: Party
    lines: Sequence[Line]
    subtotal_vnd: int
    vat_rate: Decimal
    vat_vnd: int
    total_vnd: int
    others: Sequence[Pair] = ()
    relation: Relation | None = None

    @property
    def element_id(self) -> str:
        """The Id that signatures point at: one for each number."""
        return f"DL{self.form}{self.symbol}{self.number}"


def check_sums(draft: Draft) -> None:
    """Raises SumsDiffer."""
    lines = sum(line.amount_vnd for line in draft.lines)
    if lines != draft.subtotal_vnd:
        raise SumsDiffer(f"lines {lines}, before tax {draft.subtotal_vnd}")
    if draft.subtotal_vnd + draft.vat_vnd != draft.total_vnd:
        raise SumsDiffer(f"{draft.subtotal_vnd} + {draft.vat_vnd} is not {draft.total_vnd}")


def vat_word(rate: Decimal) -> str:
    """0.08 gives "8%"; a rate without a name of its own "KHAC:7.50%"."""
    percent = (rate * 100).normalize()
    named = {Decimal(0): "0%", Decimal(5): "5%", Decimal(8): "8%", Decimal(10): "10%"}
    return named.get(percent) or f"KHAC:{percent:.2f}%"


def number_word(value: Decimal | int) -> str:
    """A number without exponent or empty decimals: 50, 12.5, -3."""
    text = f"{Decimal(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def write(draft: Draft) -> bytes:
    """DLHDon in canonical form (C14N 1.0), UTF-8. Raises SumsDiffer."""
    check_sums(draft)
    return (
        f'<DLHDon Id="{_plain(draft.element_id)}">'
        f"<TTChung>{''.join(_head(draft))}</TTChung>"
        f"<NDHDon><NBan>{''.join(_seller(draft.seller))}</NBan><NMua>{''.join(_buyer(draft.buyer))}</NMua>"
        f"<DSHHDVu>{''.join(_lines(draft))}</DSHHDVu><TToan>{''.join(_totals(draft))}</TToan></NDHDon>"
        f"{_others(draft.others)}</DLHDon>"
    ).encode()


def _head(draft: Draft) -> Iterable[str]:
    yield _tag("PBan", draft.version)
    yield _tag("THDon", VAT_INVOICE)
    yield _tag("KHMSHDon", draft.form)
    yield _tag("KHHDon", draft.symbol)
    yield _tag("SHDon", str(draft.number))
    yield _tag("NLap", draft.dated.isoformat())
    yield _tag("DVTTe", "VND") + _tag("TGia", "1") + _tag("HTTToan", PAYMENT_METHOD)
    yield _tag("MSTTCGP", draft.seller.tax_code)
    if (to := draft.relation) is not None:
        yield "<TTHDLQuan>"
        yield _tag("TCHDon", str(to.kind)) + _tag("LHDCLQuan", "1") + _tag("KHMSHDCLQuan", to.form)
        yield _tag("KHHDCLQuan", to.symbol) + _tag("SHDCLQuan", str(to.number))
        yield _tag("NLHDCLQuan", to.dated.isoformat()) + _tag("GChu", to.note[:255])
        yield "</TTHDLQuan>"


def _seller(party: Party) -> Iterable[str]:
    yield _tag("Ten", party.name) + _tag("MST", party.tax_code) + _tag("DChi", party.address)
    yield _tag("SDThoai", party.phone) + _tag("DCTDTu", party.email)
    yield _tag("STKNHang", party.bank_account) + _tag("TNHang", party.bank_name)


def _buyer(party: Party) -> Iterable[str]:
    yield _tag("Ten", party.name) + _tag("MST", party.tax_code) + _tag("DChi", party.address)
    yield _tag("MKHang", party.customer_code) + _tag("SDThoai", party.phone) + _tag("DCTDTu", party.email)


def _lines(draft: Draft) -> Iterable[str]:
    rate = vat_word(draft.vat_rate)
    for place, line in enumerate(draft.lines, start=1):
        yield (
            "<HHDVu>" + _tag("TChat", str(line.nature)) + _tag("STT", str(place)) + _tag("THHDVu", line.name)
        )
        yield _tag("DVTinh", line.unit)
        yield _tag("SLuong", "" if line.quantity is None else number_word(line.quantity))
        yield _tag("DGia", "" if line.price is None else number_word(line.price))
        if line.nature != NOTE:
            yield _tag("ThTien", str(line.amount_vnd)) + _tag("TSuat", rate)
        yield "</HHDVu>"


def _totals(draft: Draft) -> Iterable[str]:
    rate = _tag("TSuat", vat_word(draft.vat_rate))
    before, tax = str(draft.subtotal_vnd), str(draft.vat_vnd)
    yield f"<THTTLTSuat><LTSuat>{rate}{_tag('ThTien', before)}{_tag('TThue', tax)}</LTSuat></THTTLTSuat>"
    yield _tag("TgTCThue", before) + _tag("TgTThue", tax) + _tag("TgTTTBSo", str(draft.total_vnd))
    yield _tag("TgTTTBChu", money.amount_in_words_vi(draft.total_vnd))


def _others(pairs: Sequence[Pair]) -> str:
    if not pairs:
        return ""
    told = "".join(
        f"<TTin>{_tag('TTruong', pair.name)}{_tag('KDLieu', pair.kind)}<DLieu>{_plain(pair.value)}</DLieu></TTin>"
        for pair in pairs
    )
    return f"<TTKhac>{told}</TTKhac>"


def _tag(name: str, text: str) -> str:
    """An element with its text; nothing where there is none."""
    return f"<{name}>{_plain(text)}</{name}>" if text else ""


def _plain(text: str) -> str:
    """The text as canonical XML writes it, its letters composed, without what XML cannot hold."""
    if not text.isascii() or not text.isprintable():
        composed = unicodedata.normalize("NFC", text)
        text = "".join(letter for letter in composed if letter.isprintable())
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
