"""Real processes are killed between what a bank asked, our commit and its answer; and many calls come at once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from motcua.companies.context import using_company
from motcua.ledger import queries as ledger_queries
from motcua.payments import queries as payment_queries
from motcua.payments.models import BankNotification, PartnerAnswer, Payment

TOTAL = 105_840
OTHER = {"bank": "ACB", "partner": "NHB", "secret": "b" * 40}
COPIES = int(os.environ.get("MOTCUA_BANK_COPIES", "60"))  # 1,000 takes a minute
THREADS = 12


@pytest.fixture(autouse=True)
def _banks(committed_company, add_bank, settings):
    settings.ROOT_URLCONF = "tests.api.bank_urls"
    add_bank()
    add_bank(code="NHB", bank="ACB", secret="b" * 40)
    yield
    with using_company("HANOI"):
        assert ledger_queries.check_ledger() == []
        assert payment_queries.check_payments() == []


def pay_body(charge, at, txn_id="FT1"):
    return {"txn_id": txn_id, "charge_id": str(charge.id), "amount_vnd": TOTAL, "paid_at": at.isoformat()}


def at_once(act, times):
    """So many calls through a few threads, each with a connection of its own."""

    def one(number):
        try:
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(times)))


def test_two_banks_that_pay_the_same_bill_in_the_same_moment(race, call, raise_one, at):
    for number in range(3):
        charge = raise_one()
        answers = race(
            lambda c=charge, n=number: call("pay", pay_body(c, at, f"V{n}")),
            lambda c=charge, n=number: call("pay", pay_body(c, at, f"A{n}"), **OTHER),
        )
        assert sorted((one.status_code, one.json()["code"]) for one in answers) == [(200, "00"), (409, "04")]
        with using_company("HANOI"):
            assert ledger_queries.get_charge(charge.id).is_paid
    with using_company("HANOI"):
        assert Payment.objects.count() == 3


def test_two_banks_that_hold_the_same_bill_in_the_same_moment(race, call, raise_one):
    charge = raise_one()
    body = {"charge_id": str(charge.id), "amount_vnd": TOTAL}
    answers = race(
        lambda: call("hold", {**body, "txn_id": "V"}), lambda: call("hold", {**body, "txn_id": "A"}, **OTHER)
    )
    assert sorted(one.json()["code"] for one in answers) == ["00", "10"]


def test_a_thousand_copies_of_one_call_are_one_receipt(call, raise_one, at):
    charge = raise_one()
    answers = at_once(lambda _: call("pay", pay_body(charge, at), request_id="r1"), COPIES)

    assert {one.status_code for one in answers} == {200}
    assert len({one.content for one in answers}) == 1
    with using_company("HANOI"):
        counts = (Payment.objects.count(), PartnerAnswer.objects.count(), BankNotification.objects.count())
        assert counts == (1, 1, 1)


def test_copies_under_other_request_ids_are_one_receipt(call, raise_one, at):
    charge = raise_one()
    answers = at_once(lambda n: call("pay", pay_body(charge, at), request_id=f"r{n}"), COPIES // 4)

    assert {one.status_code for one in answers} == {200}
    assert sum(not one.json()["is_duplicate"] for one in answers) == 1
    with using_company("HANOI"):
        assert Payment.objects.count() == 1


def test_confirm_and_reverse_and_confirm_again_in_one_moment(race, call, raise_one, at):
    for number in range(2):
        charge = raise_one()
        txn_id = f"F{number}"
        body = pay_body(charge, at, txn_id)
        confirming = {"txn_id": txn_id, "paid_at": body.pop("paid_at")}
        call("hold", body)
        answers = race(
            lambda c=confirming: call("confirm", c),
            lambda t=txn_id: call("reverse", {"txn_id": f"R{t}", "original_txn_id": t, "amount_vnd": TOTAL}),
            lambda c=confirming: call("confirm", c),
        )
        assert {one.status_code for one in answers} == {200}
        assert call("pay-status", {"txn_id": txn_id}).json()["state"] == "reversed"
        with using_company("HANOI"):
            assert ledger_queries.get_charge(charge.id).is_open


# A bank's call in a process of its own that dies at one point: before or after the function there is called.
DIES = """
import os, signal
import django; django.setup()
from django.conf import settings
settings.ROOT_URLCONF = "tests.api.bank_urls"
from datetime import datetime
from importlib import import_module
from motcua.config import clock
from motcua.kernel.clock import FixedClock
from motcua.ledger import registry
from tests.api import calling
clock.CLOCK = FixedClock(datetime.fromisoformat("{at}"))
if {is_awaited}:
    registry.on_charge_paid(lambda charge_id, at, actor: None)
module = import_module("{module}")
before = getattr(module, "{name}")
def dies(*given, **told):
    if "{when}" == "after":
        before(*given, **told)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(module, "{name}", dies)
calling.post("{call}", {body!r}, request_id="r1")
"""

POINTS = [
    ("motcua.payments.operations.paying_together", "book_at_once", "before"),
    ("motcua.payments.operations.paying_together", "book_at_once", "after"),
    ("motcua.payments.operations.answers", "keep", "before"),
    ("motcua.payments.operations.answers", "keep", "after"),
    ("motcua.payments.operations", "pay_once", "after"),  # committed, and the answer never left
    ("motcua.api.banks.answers", "respond", "after"),
]
# Where somebody waits for the charge, it comes alone, is stored first and then booked.
AWAITED = [
    ("motcua.payments.operations.collecting", "_look", "after"),
    ("motcua.payments.operations.collecting", "book_at_once", "after"),
    ("motcua.payments.operations.inbox", "process_notification", "before"),
    ("motcua.payments.operations.inbox", "process_notification", "after"),
    ("motcua.payments.operations.collecting", "process_or_leave", "after"),
]


def run(script, shared_server, company):
    url = shared_server.app_url(company.test_database)
    return subprocess.Popen(
        [sys.executable, "-c", script], env={**os.environ, "DATABASE_URL": url}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("module", "name", "when", "is_awaited"), [(*p, False) for p in POINTS] + [(*p, True) for p in AWAITED]
)
def test_a_kill_at_this_point_and_the_call_again_are_one_receipt(
    call, raise_one, at, shared_server, committed_company, module, name, when, is_awaited
):
    call("pay", pay_body(raise_one(), at, "FIRST"))  # the bank's first money opens its account
    charge = raise_one()
    body = pay_body(charge, at)
    script = DIES.format(
        at=at.isoformat(), module=module, name=name, when=when, call="pay", body=body, is_awaited=is_awaited
    )
    child = run(script, shared_server, committed_company)
    _, said = child.communicate(timeout=300)
    assert child.returncode == -9, said
    with using_company("HANOI"):
        is_committed = Payment.objects.filter(txn_id="FT1").exists()
    assert is_committed == (name in {"pay_once", "respond"})

    answer = call("pay", body, request_id="r1")
    assert (answer.status_code, answer.json()["state"]) == (200, "paid")
    assert answer.json()["is_duplicate"] is False
    with using_company("HANOI"):
        assert (Payment.objects.count(), PartnerAnswer.objects.count()) == (2, 2)
        assert ledger_queries.get_charge(charge.id).is_paid


PAYS = """
import django; django.setup()
from django.conf import settings
settings.ROOT_URLCONF = "tests.api.bank_urls"
from datetime import datetime
from motcua.config import clock
from motcua.kernel.clock import FixedClock
from tests.api import calling
clock.CLOCK = FixedClock(datetime.fromisoformat("{at}"))
print("ready", flush=True)
for number, body in enumerate({bodies!r}):
    calling.post("pay", body, request_id=f"r{{number}}")
"""


def test_a_process_killed_while_it_works_loses_and_doubles_nothing(
    call, raise_one, at, shared_server, committed_company
):
    bodies = [pay_body(raise_one(), at, f"FT{number}") for number in range(40)]
    script = PAYS.format(at=at.isoformat(), bodies=bodies)
    for seconds in (0.25, 0.6):
        child = run(script, shared_server, committed_company)
        assert child.stdout is not None
        assert child.stdout.readline().strip() == "ready"
        time.sleep(seconds)
        child.kill()
        child.communicate()
    for number, body in enumerate(bodies):
        assert call("pay", body, request_id=f"r{number}").json()["state"] == "paid"
    with using_company("HANOI"):
        assert Payment.objects.count() == PartnerAnswer.objects.count() == 40
