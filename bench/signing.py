"""E-invoices a second: `python -m bench.signing [--documents N] [--bills N]`.

First in memory, on one core: written, signed, read again, checked against the schema; beside it the bare RSA signature,
which is its limit. Then through the database: bills are given numbers by sets, beside a plain INSERT ... SELECT of the same
rows, and signed in batches by one worker; at the end the numbers are counted for gaps.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from bench import installation

AT = datetime(2026, 2, 5, 3, tzinfo=UTC)
TAX_CODE = "0101304000"
BARE = """
CREATE TEMPORARY TABLE bare AS SELECT * FROM billing_invoice WITH NO DATA
"""
FILL_BARE = """
INSERT INTO bare (id, bill_id, series_id, number, dated, unit_code, account_code, total_vnd, state, reason, numbered_at)
SELECT uuidv7(), id, 1, row_number() OVER (ORDER BY id), '2026-02-05', unit_code, account_code, total_vnd, 'NUMBERED', '', now()
  FROM billing_bill WHERE run_id = %s
"""
BILLS = """
INSERT INTO billing_bill (id, kind, state, account_code, unit_code, billing_month, period, from_day, to_day, readings, "case", lines,
    kwh, active_vnd, reactive_vnd, subtotal_vnd, vat_rate, vat_vnd, total_vnd, charge_id, run_id, reason, issued_at, issued_by)
SELECT uuidv7(), 'USE', 'ISSUED', 'PD' || lpad(n::text, 11, '0'), 'PD0100', '2026-02-01', 1, '2026-01-05', '2026-02-05',
       '[{"serial": "24015", "register": "KT", "previous": 100, "current": 400, "factor": 1, "kwh": 300}]',
       '{"group": "HOME"}', %(lines)s, 300, 739500, 0, 739500, 0.08, 59160, 798660, uuidv7(), %(run)s, '', %(at)s, 'system:bench'
  FROM generate_series(1, %(count)s) n
"""
LINES = (
    '[{"kwh": 50, "price_vnd": 1984, "amount_vnd": 99200, "rule": "TIER_1", "source": "1279"},'
    '{"kwh": 50, "price_vnd": 2050, "amount_vnd": 102500, "rule": "TIER_2", "source": "1279"},'
    '{"kwh": 100, "price_vnd": 2380, "amount_vnd": 238000, "rule": "TIER_3", "source": "1279"},'
    '{"kwh": 100, "price_vnd": 2998, "amount_vnd": 299800, "rule": "TIER_4", "source": "1279"}]'
)


def per_second(act: Callable[[], object], count: int) -> float:
    began = time.perf_counter()
    for _ in range(count):
        act()
    return count / (time.perf_counter() - began)


def in_memory(key: Any, count: int) -> None:
    from tests.billing.invoice_house import draft

    from motcua.billing.einvoice import issuing, schema, signing
    from motcua.billing.einvoice import verifying as checks

    signer, told = signing.Signer(key), draft(version="2.1.0")
    content = issuing.sign_draft(told, signer, AT)
    schema.xsd("2.1.0")
    whole = per_second(lambda: issuing.sign_draft(told, signer, AT), count)
    bare = per_second(lambda: key.sign(b"x" * 600), count)
    checked = per_second(lambda: checks.verify(content, []), max(count // 4, 1))
    print(f"{'written, signed, checked':<34}{whole:>10,.0f} a second and core, {len(content):,} bytes each")
    print(f"{'the bare RSA signature (2048)':<34}{bare:>10,.0f} a second; ratio {whole / bare:.2f}")
    print(f"{'verified':<34}{checked:>10,.0f} a second")


def through_database(key: Any, count: int) -> int:
    """How many faults the numbers have."""
    from django.db import connection

    from motcua.billing import registry
    from motcua.billing.einvoice import certificates, issuing, numbering
    from motcua.billing.models import InvoiceSeller
    from motcua.companies.context import using_company
    from motcua.kernel.actors import Actor

    with using_company("HANOI"):
        InvoiceSeller.objects.create(
            name="EVNHANOI", tax_code=TAX_CODE, address="Hà Nội", place="Hà Nội", office_code="10100", office_name="Cục Thuế",
            valid_from="2026-01-01",
        )  # fmt: skip
        certificates.add(key=key, tax_code=TAX_CODE, actor=Actor.system("bench"), at=AT)
        run = uuid4()
        with connection.cursor() as cursor:
            cursor.execute(BILLS, {"lines": LINES, "run": run, "count": count, "at": AT})
            cursor.execute("ANALYZE billing_bill")
            cursor.execute(BARE)
            began = time.perf_counter()
            cursor.execute(FILL_BARE, [run])
            bare = count / (time.perf_counter() - began)
        registry.bills_issued(run_id=run, at=AT, actor=Actor.system("bench"))
        began = time.perf_counter()
        while issuing.number_next(at=AT):
            pass
        numbered = count / (time.perf_counter() - began)
        began = time.perf_counter()
        signed = 0
        while done := issuing.sign_next(at=AT):
            signed += done
        rate = signed / (time.perf_counter() - began)
        faults = numbering.list_faults()
    print(f"{'numbered by sets':<34}{numbered:>10,.0f} a second")
    print(
        f"{'a plain INSERT ... SELECT of them':<34}{bare:>10,.0f} a second; ratio {bare / numbered:.1f} (no index, no journal)"
    )
    print(
        f"{'signed and stored by one worker':<34}{rate:>10,.0f} a second; 10 million a month: {1e7 / rate / 3600:.1f} hours"
    )
    print(f"{'gaps or disorder':<34}{len(faults):>10}")
    return len(faults)


def main() -> int:
    told = argparse.ArgumentParser()
    told.add_argument("--documents", type=int, default=1000)
    told.add_argument("--bills", type=int, default=20_000)
    options = told.parse_args()
    with installation.made():
        from motcua.sandbox import tax_ca

        key = tax_ca.found(AT).issue(tax_code=TAX_CODE, name="EVNHANOI", at=AT)
        in_memory(key, options.documents)
        return 1 if through_database(key, options.bills) else 0


if __name__ == "__main__":
    sys.exit(main())
