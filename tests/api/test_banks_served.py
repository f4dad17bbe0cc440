"""A real server of the bank interface is killed while copies of one call come from many clients; then it comes back.

Invariant 7 of the list for money: however often one notice is told, and whenever the machine dies, it is one receipt.
"""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest

from motcua.companies.context import using_company
from motcua.connectors import signed_calls
from motcua.ledger import queries as ledger_queries
from motcua.ledger.models import LedgerTransaction
from motcua.payments import queries as payment_queries
from motcua.payments.models import BankNotification, PartnerAnswer, Payment, SuspenseCase
from tests.api.conftest import BANK, PARTNER, SECRET
from tests.free_ports import free_port

TOTAL = 105_840
COPIES = int(os.environ.get("MOTCUA_BANK_COPIES", "16"))  # at each stage
CLIENTS = 12
OTHER = {"bank": "ACB", "partner": "NHB", "secret": "b" * 40}

# Serves until the function of its stage is called while the flag lies there; then it dies, before or after that call.
SERVES = """
import os, signal, sys
import django; django.setup()
from django.conf import settings
settings.ROOT_URLCONF = "tests.api.bank_urls"
from datetime import datetime
from importlib import import_module
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from django.core.wsgi import get_wsgi_application
from motcua.config import clock
from motcua.kernel.clock import FixedClock
port, at, flag, stage = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]
clock.CLOCK = FixedClock(datetime.fromisoformat(at))
if stage:
    module, name, when = import_module(stage[0]), stage[1], stage[2]
    before = getattr(module, name)
    def dies(*given, **told):
        is_time = os.path.exists(flag)
        if is_time and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = before(*given, **told)
        if is_time:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    setattr(module, name, dies)
class Server(ThreadingMixIn, WSGIServer):
    daemon_threads, request_queue_size = True, 64
class Quiet(WSGIRequestHandler):
    def log_message(self, *words): pass
with make_server("127.0.0.1", port, get_wsgi_application(), Server, Quiet) as server:
    server.serve_forever()
"""

STAGES = [
    ("motcua.payments.operations", "admit_call", "after"),  # the nonce is used up, nothing else
    ("motcua.payments.operations.paying_together", "_is_plain", "after"),  # the charge is locked
    ("motcua.payments.operations.paying_together", "book_at_once", "after"),  # booked, not committed
    ("motcua.payments.operations", "pay_once", "after"),  # committed, and the answer never left
    ("motcua.api.banks.answers", "respond", "after"),
]


class Served:
    """The server at one port: started, killed by itself, started again."""

    def __init__(self, url, at, flag):
        self.port = free_port()
        self.env, self.at, self.flag, self.process = {**os.environ, "DATABASE_URL": url}, at, flag, None

    def start(self, *stage):
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVES, str(self.port), self.at.isoformat(), str(self.flag), *stage],
            env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(60)

    def post(self, name, body, request_id, nonce=""):
        """The answer, asked for until there is one: a bank repeats what was not answered."""
        path, raw = f"/api/banks/{BANK}/{name}", orjson.dumps(body)
        until = time.monotonic() + 300
        while time.monotonic() < until:
            headers = signed_calls.signed_headers(
                partner_code=PARTNER, secret=SECRET, method="POST", path=path, request_id=request_id, body=raw, at=self.at,
                nonce=nonce,
            )  # fmt: skip
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
            try:
                connection.request(
                    "POST",
                    path,
                    raw,
                    {**headers, "Host": "hanoi.localhost", "Content-Type": "application/json"},
                )
                answer = connection.getresponse()
                return answer.status, answer.read()
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)
            finally:
                connection.close()
        raise AssertionError("no answer")


@pytest.fixture
def served(committed_company, shared_server, add_bank, at, tmp_path):
    add_bank()
    made = Served(shared_server.app_url(committed_company.test_database), at, tmp_path / "now")
    try:
        yield made
    finally:
        made.stop()


@pytest.mark.parametrize("way", ["pay", "notifications"])
def test_copies_of_one_call_over_a_server_that_dies_at_each_stage_are_one_receipt(served, raise_one, at, way):
    stages = STAGES if way == "pay" else [
        STAGES[0], ("motcua.payments.operations", "store_notification", "after"),
        ("motcua.payments.operations.receipts", "finish", "after"), STAGES[-1],
    ]  # fmt: skip
    served.start(*stages[0])
    for number, stage in enumerate(stages):
        charge = raise_one()
        body = {"txn_id": f"FT{number}", "amount_vnd": TOTAL, "paid_at": at.isoformat()}
        body |= {"charge_id": str(charge.id)} if way == "pay" else {"text": charge.payment_code}
        served.flag.touch()  # the server that is to die at this stage is up since the last one died

        with ThreadPoolExecutor(CLIENTS) as pool:
            told = [pool.submit(served.post, way, body, f"r{number}") for _ in range(COPIES)]
            assert served.process.wait(300) == -signal.SIGKILL, stage
            served.flag.unlink()
            served.start(*dict(zip(stages, stages[1:], strict=False)).get(stage, ()))
            answers = [one.result(timeout=600) for one in told]

        assert {status for status, _ in answers} == {200}, answers[0]
        assert len({content for _, content in answers}) == 1
        assert ledger_queries.get_charge(charge.id).is_paid
        assert LedgerTransaction.objects.filter(charge_id=charge.id, kind="SETTLE").count() == 1
        counts = (Payment.objects.count(), PartnerAnswer.objects.count(), BankNotification.objects.count())
        assert counts == (number + 1, number + 1, number + 1), stage
    assert ledger_queries.get_balance(f"138-{BANK}").balance_vnd == TOTAL * len(stages)
    assert SuspenseCase.objects.count() == 0
    assert ledger_queries.check_ledger() == []
    assert payment_queries.check_payments() == []


def test_two_banks_that_tell_of_the_same_bill_in_the_same_moment(
    committed_company, race, call, add_bank, raise_one, notice
):
    """Money is money: one receipt settles the bill, the other waits in suspense to be given back."""
    add_bank()
    add_bank(code="NHB", bank="ACB", secret="b" * 40)
    for number in range(4):
        charge = raise_one()
        answers = race(
            lambda c=charge, n=number: call("notifications", notice(c.payment_code, txn_id=f"V{n}")),
            lambda c=charge, n=number: call("notifications", notice(c.payment_code, txn_id=f"A{n}"), **OTHER),
        )
        assert [one.status_code for one in answers] == [200, 200]
        with using_company("HANOI"):
            outcomes = BankNotification.objects.filter(charge_id=charge.id).values_list("outcome", flat=True)
            assert sorted(outcomes) == ["MATCHED", "SUSPENSE"]
            assert ledger_queries.get_charge(charge.id).paid_vnd == TOTAL
    with using_company("HANOI"):
        assert (Payment.objects.count(), SuspenseCase.objects.filter(state="OPEN").count()) == (8, 4)
        assert ledger_queries.get_balance("3388").balance_vnd == 4 * TOTAL
        banks = [ledger_queries.get_balance(f"138-{bank}").balance_vnd for bank in (BANK, "ACB")]
        assert sum(banks) == 8 * TOTAL
        assert ledger_queries.check_ledger() == []
        assert payment_queries.check_payments() == []
