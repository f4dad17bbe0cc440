"""The test authority of a home is one, whoever asks for it first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

from motcua.billing.einvoice import trust
from motcua.sandbox import tax_ca

AT = datetime(2026, 11, 23, 3, tzinfo=UTC)


def test_all_who_ask_at_once_get_the_same(tmp_path: Path) -> None:
    together = Barrier(4)

    def ask(_number: int) -> tax_ca.Authority:
        together.wait()
        return tax_ca.here(AT, tmp_path / "sandbox")

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(ask, range(4)))

    kept = tax_ca.here(AT, tmp_path / "sandbox")
    assert {one.pem() for one in found} == {kept.pem()}
    for one in found:
        leaf = one.issue(tax_code="0100101114-019", name="Thử", at=AT).certificate
        assert trust.is_trusted(leaf, [kept.certificate], at=AT)
    assert [path.name for path in (tmp_path / "sandbox").iterdir()] == ["tax-ca.pem"]
