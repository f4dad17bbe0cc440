"""The bank's engineer runs the certification against real pages, until all is green."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.wsgi import get_wsgi_application
from tests.api.conftest import SECRET, SYSTEM, add_bank, raise_one  # noqa: F401 - fixtures

from motcua.companies.context import using_company
from motcua.config import clock
from motcua.kernel.clock import SystemClock
from motcua.ledger import queries as ledger_queries
from motcua.ops import bank as certification
from motcua.payments import operations as payment_ops
from motcua.payments import partner_queries
from motcua.payments import queries as payment_queries

SCRIPT = Path(certification.__file__)
PRIVATE = "11" * 32


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


class _Late(SystemClock):
    """The pages' clock, which a test puts forward."""

    ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead  # noqa: TID251 - the script signs with the machine's clock


@pytest.fixture
def pages(committed_company, monkeypatch, add_bank, settings):  # noqa: F811
    settings.ROOT_URLCONF = "tests.api.bank_urls"
    late = _Late()
    monkeypatch.setattr(clock, "CLOCK", late)
    server = make_server("127.0.0.1", 0, get_wsgi_application(), server_class=_Server, handler_class=_Quiet)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    add_bank(at=late.now() - timedelta(days=1), needs_nonce=True)
    yield server.server_port, late
    server.shutdown()
    server.server_close()
    with using_company("HANOI"):
        assert ledger_queries.check_ledger() == []
        assert payment_queries.check_payments() == []


def certify(port, code, *, host="hanoi.localhost", key=SECRET, ahead=timedelta(0), **more):
    lines: list[str] = []
    bank = certification.Bank(
        f"http://{host}:{port}/api/banks/VCB/",
        more.pop("partner", "NHA"),
        key,
        offset=ahead.total_seconds(),
        **more,
    )
    return certification.certify(bank, code, old=None, say=lines.append), lines


def test_all_is_green_and_the_charge_is_as_it_was(pages, raise_one, tmp_path):  # noqa: F811
    port, _ = pages
    charge = raise_one()
    report = tmp_path / "report.json"
    done = subprocess.run(
        [
            sys.executable, "-I", str(SCRIPT), "--url", f"http://hanoi.localhost:{port}/api/banks/VCB/", "--partner",
            "NHA", "--key", SECRET, "--code", charge.payment_code, "--json", str(report),
        ],
        capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path,
    )  # fmt: skip

    assert "17 of 17 cases are green" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 3  # a reversal after its day is still open
    told = json.loads(report.read_text())
    assert (told["green"], len(told["open"])) == (False, 1)
    with using_company("HANOI"):
        assert ledger_queries.get_charge(charge.id).is_open


def test_the_last_case_on_another_day(pages, raise_one, capsys):  # noqa: F811
    port, late = pages
    charge, paid = raise_one(), raise_one()
    with using_company("HANOI"):
        order = payment_ops.Order("VCB", "OLD1", paid.id, paid.total_vnd, "r", "0" * 64)
        payment_ops.pay_bill(order=order, paid_at=late.now(), at=late.now())
    late.ahead = timedelta(days=1)
    told = [
        "--url", f"http://hanoi.localhost:{port}/api/banks/VCB", "--partner", "NHA", "--key", SECRET, "--code",
        str(charge.id), "--old-txn", f"OLD1:{paid.total_vnd}", "--offset", "86400",
    ]  # fmt: skip
    parser = certification.argparse.ArgumentParser()
    certification.arguments(parser)
    assert certification.act(parser.parse_args(told)) == 0
    assert "18 of 18 cases are green" in capsys.readouterr().out


def test_with_ed25519_through_the_groups_host(pages, raise_one, add_bank):  # noqa: F811
    port, late = pages
    charge = raise_one()
    public = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(PRIVATE)).public_key()
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    with using_company("GROUP"):
        add_bank(code="VCB-VN", secret="g" * 40)
        payment_ops.add_public_key(
            code="VCB-VN", public_key=raw, actor=SYSTEM, at=late.now() - timedelta(days=1)
        )
        (ours,) = [one.our_public_key for one in partner_queries.list_keys("VCB-VN") if one.our_public_key]
    told = {"host": "localhost", "key": f"ed25519:{PRIVATE}", "partner": "VCB-VN"}
    report, lines = certify(port, str(charge.id), answering_key=ours, **told)
    assert all(one["ok"] for one in report["results"]), "\n".join(lines)

    forged, _ = certify(port, str(charge.id), answering_key=raw, **told)
    assert not any(one["ok"] for one in forged["results"] if one["case"].startswith("paid once"))


def test_says_what_is_wrong(pages, raise_one):  # noqa: F811
    port, _ = pages
    report, lines = certify(port, raise_one().payment_code, key="x" * 40)
    failed = [one for one in report["results"] if not one["ok"]]
    assert len(failed) == 14  # whoever cannot sign is told 97, which three cases ask for
    assert "expected code 00, got 97" in failed[0]["problem"]
    assert lines[-1].startswith("3 of 17")
