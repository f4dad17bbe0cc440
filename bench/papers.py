"""QR codes and papers a second of one processor's own time: `python -m bench.papers`.

Each beside its bare limit in the same run: the codec beside the CRC alone, a drawn code beside the drawing alone, a bill
as PDF beside an empty page. `--seconds N` (3) for each line.
"""

from __future__ import annotations

import argparse
import sys
import time as clock
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import segno
import typst

from motcua.documents import packs
from motcua.kernel import vietqr

GOALS = {
    "a VietQR text written": 10_000.0,
    "a VietQR text read": 5_000.0,
    "a code drawn for a page": 30.0,
    "a bill as PDF": 10.0,
}
SERIALS = 1_000
COMPANY = "Tổng công ty Điện lực Thành phố Hà Nội"


def write(number: int) -> str:
    return vietqr.encode(
        bin="970418", account="9101304000", amount_vnd=100_000 + number % SERIALS, bill_number="TD0000001230",
        purpose="TD0000001230",
    )  # fmt: skip


def bill(number: int) -> bytes:
    return packs.bill(
        {
            "company": COMPANY, "account_code": f"PD{number:011d}", "month": "tháng 11/2026", "holder": "Nguyễn Thị Hoa",
            "kwh": "345 kWh", "readings": [{"serial": "26", "name": "Một giá", "previous": "1", "current": "346", "factor": "1", "kwh": "345"}],
            "lines": [{"name": f"Bậc {n}", "note": "", "kwh": "52", "price": "1.984", "amount": "103.168"} for n in range(1, 6)],
            "subtotal": "890.250", "vat_percent": "8", "vat": "71.220", "total": "961.470", "remaining": "961.470 đ",
            "remaining_words": "Chín trăm sáu mươi mốt nghìn bốn trăm bảy mươi đồng", "qr_text": write(number),
            "year": [{"month": f"{m}/2026", "kwh": "345 kWh", "share": 100 - m, "now": m == 11} for m in range(11, 0, -1)],
        }
    )  # fmt: skip


def rate(act: Callable[[int], object], seconds: float) -> float:
    """How often a second, after one that warms up."""
    act(0)
    done, began = 0, clock.process_time()
    while (spent := clock.process_time() - began) < seconds:
        done += 1
        act(done)
    return done / spent


def lines() -> list[tuple[str, Callable[[int], object], str, Callable[[int], object]]]:
    """What is measured, and what nobody can beat in the same run."""
    text = write(1)
    code, empty = segno.make_qr(text, error="m"), typst.Compiler()
    return [
        ("a VietQR text written", write, "its CRC alone", lambda n: vietqr.crc(text)),
        ("a VietQR text read", lambda n: vietqr.decode(text), "its CRC alone", lambda n: vietqr.crc(text)),
        (
            "a code drawn for a page", lambda n: segno.make_qr(write(n), error="m").svg_inline(border=4),
            "its picture alone", lambda n: code.svg_inline(border=4),
        ),
        ("a bill as PDF", bill, "an empty page", lambda n: empty.compile(f"// {n}\n#pagebreak(weak: true)".encode(), format="pdf")),
    ]  # fmt: skip


def main() -> int:
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("--seconds", type=float, default=3.0)
    seconds = told.parse_args().seconds
    missed = 0
    for name, ours, bare, limit in lines():
        found, most = rate(ours, seconds), rate(limit, seconds)
        missed += found < GOALS[name]
        print(
            f"{name:26} {found:10,.0f}/s   goal {GOALS[name]:8,.0f}/s   {bare} {most:12,.0f}/s   share {found / most:.3f}",
            flush=True,
        )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
