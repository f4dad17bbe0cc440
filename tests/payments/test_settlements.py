"""The third side: what a wallet says it hands over, beside what it told, what we booked and what the bank brought."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from tests.payments.matched_day import DAY, NEXT, OWN, WORKER, assert_all_holds, match, open_ones

from motcua.companies.models import AuditEntry
from motcua.kernel.ids import new_id
from motcua.ledger import queries as ledger_queries
from motcua.ops import check
from motcua.payments import matching_queries
from motcua.payments.models import (
    GatewaySettlement,
    LumpPart,
    OnlinePayment,
    OnlineRefund,
    Payment,
    SettledPayment,
    StatementFile,
)
from motcua.payments.operations import gateways, matching, settlements, statements
from motcua.payments.operations.refusals import NoteMissing
from motcua.payments.operations.statement_refusals import NotThisWay, SettlementDecided
from motcua.payments.statements import reading

HEAD = "Thời gian thanh toán,Mã giao dịch VNPAY,Mã đơn hàng,Số tiền,Phí,Thực nhận,Loại giao dịch,Trạng thái"
TOMORROW = DAY + timedelta(days=1)


def sheet(*rows: str, no: str = "QT1116", foot: str = "", own_refs: dict[str, str] | None = None) -> bytes:
    """Rows as id, amount, fee and, when wanted, kind and state, with bars between; our reference is D and the id."""
    lines = [f"Số đối soát:,{no}", HEAD]
    for row in rows:
        txn_id, amount, fee, kind, state = [*row.split("|"), "", ""][:5]
        sign = -1 if kind else 1
        net = sign * int(amount) - int(fee)
        lines.append(
            f"16/11/2026 08:00,{txn_id},{(own_refs or {}).get(txn_id, 'D' + txn_id)},{amount},{fee},{net},{kind},{state or 'Thành công'}"
        )
    return "\n".join([*lines, foot]).encode()


def settlement(content: bytes) -> Any:
    found = reading.read(content, "vnpay.csv")
    assert (found.faults, found.statements) == ([], [])
    return found.settlements[0]


class TestReading:
    def test_payments_fees_and_refunds(self) -> None:
        made = settlement(
            sheet("V1|500000|1100", "V2|298660|660", "V3|98660|0|Hoàn tiền", "V9|7|0||Thất bại")
        )

        assert (made.gateway, made.id, made.not_done, made.faults) == ("VNPAY", "QT1116", 1, [])
        assert (made.amount_vnd, made.fee_vnd, made.net_vnd) == (700_000, 1_760, 698_240)
        assert [(row.txn_id, row.own_ref, row.is_refund, row.amount_vnd, row.fee_vnd) for row in made.rows] == [
            ("V1", "DV1", False, 500_000, 1_100), ("V2", "DV2", False, 298_660, 660), ("V3", "DV3", True, 98_660, 0),
        ]  # fmt: skip
        assert (made.from_date, made.to_date) == (DAY, DAY)

    @pytest.mark.parametrize(
        ("content", "fault"),
        [
            (sheet("V1|500|11", "V1|500|11"), ("LINE_TWICE", "line 4", "V1")),
            (sheet("V1|500|11").replace(b",489,", b",488,"), ("ROW_DIFFERS", "line 3", "500 - 11 / 488")),
            (sheet("V1|500|11", foot="Tổng số tiền:,501"), ("TOTAL_DIFFERS", "total", "500 / 501")),
            (sheet("V1|500|11", foot="Tổng phí:,12"), ("TOTAL_DIFFERS", "fee_total", "11 / 12")),
            (sheet("V1|500|11").replace(b"16/11/2026", b"32/11/2026"), ("DAY_UNREADABLE", "line 3", "500")),
            (sheet("V1|500|11").replace(b",500,", b",500.5,"), ("FRACTION_OF_DONG", "line 3", "500.5")),
        ],
    )  # fmt: skip
    def test_what_does_not_add_up_is_told_with_its_place(
        self, content: bytes, fault: tuple[str, str, str]
    ) -> None:
        assert [tuple(one) for one in settlement(content).faults] == [fault]

    def test_a_momo_and_a_zalopay_sheet_are_told_by_their_columns(self) -> None:
        for name, gateway in (("Mã giao dịch MoMo", "MOMO"), ("zp_trans_id", "ZALOPAY")):
            assert (
                settlement(sheet("1|5|0").replace("Mã giao dịch VNPAY".encode(), name.encode())).gateway
                == gateway
            )


def open_gateway(code: str) -> None:
    gateways.set_gateway(
        code=code, name=code, address="", public={}, secrets={"k": "s"}, actor=WORKER, at=NEXT
    )


def open_vnpay() -> None:
    open_gateway("VNPAY")


@pytest.fixture
def vnpay(own: None) -> None:
    statements.set_settlement(
        channel="VNPAY", account=OWN, mode="LUMP", valid_from=date(2026, 1, 1), text_pattern="VNPAY quyết toán",
        lag_days=1, most_fee_vnd=3_000, actor=WORKER, at=NEXT,
    )  # fmt: skip


@pytest.fixture
def settled(vnpay: None) -> Callable[..., statements.Imported]:
    def make(*rows: str, **changes: Any) -> statements.Imported:
        return statements.import_file(content=sheet(*rows, **changes), name="v.csv", actor=WORKER, at=NEXT)

    return make


class TestImport:
    def test_is_taken_whole_and_once(self, settled: Callable[..., Any]) -> None:
        done = settled("V1|500000|1100", "V2|298660|0")
        again = settled("V1|500000|1100", "V2|298660|0")

        assert (done.accepted, done.quarantined, again.is_new) == (1, 0, False)
        row = GatewaySettlement.objects.get()
        assert (row.amount_vnd, row.fee_vnd, row.rows_count, row.is_accepted) == (798_660, 1_100, 2, True)
        assert SettledPayment.objects.count() == 2

    @pytest.mark.parametrize(
        ("rows", "no", "code"),
        [
            (("V1|500000|1100",), "QT1116", "STATEMENT_SEEN"),
            (("V1|500001|1100",), "QT1116", "STATEMENT_DIFFERS"),
            (("V1|500000|1100", "V5|7|0"), "QT1117", "LINE_TWICE"),
        ],
    )
    def test_what_was_settled_before_waits_apart(
        self, settled: Callable[..., Any], rows: tuple[str, ...], no: str, code: str
    ) -> None:
        settled("V1|500000|1100")
        done = settled(*rows, no=no, foot="\n")

        assert (done.accepted, done.quarantined) == (0, 1)
        assert GatewaySettlement.objects.get(is_accepted=False).faults[0]["code"] == code
        assert SettledPayment.objects.count() == 1

    def test_a_gateway_nobody_knows_waits_apart(self, own: None) -> None:
        statements.import_file(content=sheet("V1|5|0"), name="v.csv", actor=WORKER, at=NEXT)

        assert GatewaySettlement.objects.get().faults == [
            {"code": "GATEWAY_UNKNOWN", "place": "", "about": "VNPAY"}
        ]
        assert StatementFile.objects.get().state == "READ"

    def test_what_waited_for_its_gateway_is_taken_once_there_is_one(self, own: None) -> None:
        for rows in (("V1|500000|1100", "V2|298660|0"), ("V1|500000|1100", "V3|7|0")):
            statements.import_file(
                content=sheet(*rows, no=f"QT{rows[1]}"), name="v.csv", actor=WORKER, at=NEXT
            )
        first, second = GatewaySettlement.objects.order_by("id")

        open_vnpay()

        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.is_accepted, first.faults, first.came_at) == (True, [], NEXT)
        assert (second.is_accepted, [fault["code"] for fault in second.faults]) == (False, ["LINE_TWICE"])
        told = SettledPayment.objects.order_by("place").values_list(
            "settlement_id", "txn_id", "amount_vnd", "fee_vnd"
        )
        assert list(told) == [(first.id, "V1", 500_000, 1_100), (first.id, "V2", 298_660, 0)]
        open_vnpay()
        assert (
            SettledPayment.objects.count(),
            AuditEntry.objects.filter(verb="settlement.judged-again").count(),
        ) == (2, 2)

    def test_or_once_a_rule_says_where_its_money_goes(self, own: None) -> None:
        statements.import_file(content=sheet("V1|5|0"), name="v.csv", actor=WORKER, at=NEXT)
        statements.set_settlement(
            channel="VNPAY",
            account=OWN,
            mode="LUMP",
            valid_from=DAY,
            text_pattern="vnpay",
            actor=WORKER,
            at=NEXT,
        )
        assert GatewaySettlement.objects.get().is_accepted
        assert SettledPayment.objects.get().txn_id == "V1"

    def test_what_else_is_wrong_with_it_still_stands_against_it(self, own: None) -> None:
        statements.import_file(
            content=sheet("V1|5|0", foot="Tổng số tiền:,6"), name="v.csv", actor=WORKER, at=NEXT
        )
        assert [fault["code"] for fault in GatewaySettlement.objects.get().faults] == [
            "TOTAL_DIFFERS",
            "GATEWAY_UNKNOWN",
        ]
        open_vnpay()
        row = GatewaySettlement.objects.get()
        assert (row.is_accepted, [fault["code"] for fault in row.faults]) == (False, ["TOTAL_DIFFERS"])

    def test_nobody_takes_another_or_a_dropped_one(self, own: None, settled: Callable[..., Any]) -> None:
        """Nor one with reasons left, whatever SQL says."""
        settled("V1|500000|1100", "V1|500000|1100")
        for change in ("is_accepted = true", "is_accepted = true, faults = '[]'"):
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"UPDATE payments_gatewaysettlement SET {change}")
        statements.import_file(content=sheet("V1|5|0").replace("Mã giao dịch VNPAY".encode(), "Mã giao dịch MoMo".encode()),
                               name="m.csv", actor=WORKER, at=NEXT)  # fmt: skip
        momo = GatewaySettlement.objects.get(gateway="MOMO")
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE payments_gatewaysettlement SET is_accepted = true WHERE gateway = 'MOMO'")
        settlements.drop_settlement(settlement_id=momo.id, reason="không dùng", actor=WORKER, at=NEXT)
        open_gateway("MOMO")
        momo.refresh_from_db()
        assert (momo.is_accepted, momo.reason) == (False, "không dùng")

    def test_what_a_provider_wrote_stays(self, settled: Callable[..., Any]) -> None:
        settled("V1|500000|1100")
        for change in (
            "UPDATE payments_gatewaysettlement SET fee_vnd = 0",
            "DELETE FROM payments_gatewaysettlement",
        ):
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(change)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            SettledPayment.objects.update(amount_vnd=1)


class TestDropping:
    def test_what_waits_is_dropped_once_with_a_reason(self, settled: Callable[..., Any]) -> None:
        settled("V1|500000|1100", "V1|500000|1100")
        waits = GatewaySettlement.objects.get()

        with pytest.raises(NoteMissing):
            settlements.drop_settlement(settlement_id=waits.id, reason=" ", actor=WORKER, at=NEXT)
        settlements.drop_settlement(
            settlement_id=waits.id, reason="VNPAY gửi lại tệp khác", actor=WORKER, at=NEXT
        )
        with pytest.raises(SettlementDecided):
            settlements.drop_settlement(settlement_id=waits.id, reason="nữa", actor=WORKER, at=NEXT)

        [one] = matching_queries.page_settlements(limit=9)
        assert (one.waits, one.reason) == (False, "VNPAY gửi lại tệp khác")
        assert AuditEntry.objects.get(verb="settlement.dropped").subject_id == str(waits.id)
        assert settled("V1|500000|1100").accepted == 1

    def test_what_is_in_use_is_not(self, settled: Callable[..., Any]) -> None:
        settled("V1|500000|1100")
        with pytest.raises(SettlementDecided):
            settlements.drop_settlement(
                settlement_id=GatewaySettlement.objects.get().id, reason="nhầm", actor=WORKER, at=NEXT
            )
        assert GatewaySettlement.objects.get().dropped_at is None

    def test_nothing_else_of_it_changes(self, settled: Callable[..., Any]) -> None:
        settled("V1|500000|1100", "V1|500000|1100")
        for change in ("faults = '[]'", "amount_vnd = 1, dropped_at = now(), dropped_by = 'x', reason = 'x'"):
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"UPDATE payments_gatewaysettlement SET {change}")


class TestMatching:
    def test_all_four_sides_agree(
        self, settled: Callable[..., Any], take: Callable[..., Any], told_by_bank: Callable[..., Any]
    ) -> None:
        told_by_bank("V1", 500_000, bank="VNPAY")
        told_by_bank("V2", 298_660, bank="VNPAY")
        settled("V1|500000|1100", "V2|298660|660")
        take("C|796900|FT1|VNPAY QUYET TOAN 16/11", day=TOMORROW)

        assert match(TOMORROW).still_open == 0
        assert ledger_queries.get_balance("138-VNPAY").balance_vnd == 0
        assert ledger_queries.get_balance("6417").balance_vnd == 1_760
        assert ledger_queries.get_balance(f"112-{OWN}").balance_vnd == 796_900
        assert GatewaySettlement.objects.get().line.key == "FT1"
        assert_all_holds()

    def test_the_sheet_tells_days_apart_that_the_bank_brings_together(
        self, settled: Callable[..., Any], take: Callable[..., Any], told_by_bank: Callable[..., Any]
    ) -> None:
        for txn_id, amount in (("V1", 500_000), ("V2", 298_660), ("V3", 1_000)):
            told_by_bank(txn_id, amount, bank="VNPAY")
        settled("V1|500000|1100", "V3|1000|0")
        take("C|499900|FT1|VNPAY QUYET TOAN 16/11", day=TOMORROW)
        match(TOMORROW)

        assert set(LumpPart.objects.values_list("notification__txn_id", flat=True)) == {"V1", "V3"}
        assert open_ones() == [("FILE_MISSING", -298_660)]
        assert_all_holds()

    def test_a_payment_nobody_told_of_is_named_then_booked_then_settled(
        self, settled: Callable[..., Any], take: Callable[..., Any], told_by_bank: Callable[..., Any]
    ) -> None:
        told_by_bank("V1", 500_000, bank="VNPAY")
        settled("V1|500000|0", "V2|2000|0")
        take("C|502000|FT1|VNPAY QUYET TOAN 16/11", day=TOMORROW)
        match(TOMORROW)
        assert sorted(open_ones()) == [("FEE", 2_000), ("FILE_OPEN", -502_000), ("FILE_UNKNOWN", 2_000)]
        assert_all_holds()

        [one] = [row for row in matching_queries.open_differences(TOMORROW) if row.kind == "FILE_UNKNOWN"]
        matching.receive_line(difference_id=one.id, reason="VNPAY xác nhận", actor=WORKER, at=NEXT)
        assert match(TOMORROW).still_open == 0
        assert Payment.objects.get(txn_id="V2").amount_vnd == 2_000
        assert ledger_queries.get_balance("138-VNPAY").balance_vnd == 0
        assert_all_holds()

    def test_a_small_payment_nobody_told_of_never_hides_in_the_fee(
        self, settled: Callable[..., Any], take: Callable[..., Any], told_by_bank: Callable[..., Any]
    ) -> None:
        told_by_bank("V1", 500_000, bank="VNPAY")
        settled("V1|500000|2500", "V2|1000|0")
        take("C|498500|FT1|VNPAY QUYET TOAN 16/11", day=TOMORROW)
        match(TOMORROW)

        assert ("FILE_UNKNOWN", 1_000) in open_ones()
        assert LumpPart.objects.count() == 0
        assert_all_holds()

    def test_another_amount_is_named(
        self, settled: Callable[..., Any], take: Callable[..., Any], told_by_bank: Callable[..., Any]
    ) -> None:
        told_by_bank("V1", 500_000, bank="VNPAY")
        settled("V1|499000|0")
        take("C|499000|FT1|VNPAY QUYET TOAN 16/11", day=TOMORROW)
        match(TOMORROW)

        assert sorted(open_ones()) == [("FEE", -1_000), ("FILE_AMOUNT", -1_000), ("FILE_OPEN", -499_000)]
        assert LumpPart.objects.count() == 0
        assert LumpPart.objects.count() == 0
        assert_all_holds()

    def test_a_settlement_that_no_line_brings_is_named(
        self, settled: Callable[..., Any], take: Callable[..., Any], told_by_bank: Callable[..., Any]
    ) -> None:
        told_by_bank("V1", 500_000, bank="VNPAY")
        settled("V1|500000|1100")
        take("C|7|FT1|cam on", day=TOMORROW)
        match(TOMORROW)

        assert open_ones() == [("FILE_OPEN", -498_900)]
        assert_all_holds()

    def test_a_fee_above_the_rule_is_not_taken(
        self, settled: Callable[..., Any], take: Callable[..., Any], told_by_bank: Callable[..., Any]
    ) -> None:
        told_by_bank("V1", 500_000, bank="VNPAY")
        settled("V1|500000|3001")
        take("C|496999|FT1|VNPAY QUYET TOAN 16/11", day=TOMORROW)
        match(TOMORROW)

        assert sorted(open_ones()) == [("FEE", -3_001), ("FILE_OPEN", -496_999)]

    def test_a_refund_nobody_asked_for_is_named(
        self, settled: Callable[..., Any], take: Callable[..., Any], told_by_bank: Callable[..., Any]
    ) -> None:
        told_by_bank("V1", 500_000, bank="VNPAY")
        settled("V1|500000|0", "V1|200000|0|Hoàn tiền")
        take("C|300000|FT1|VNPAY QUYET TOAN 16/11", day=TOMORROW)
        match(TOMORROW)

        assert ("FILE_UNKNOWN", -200_000) in open_ones()
        [one] = [row for row in matching_queries.open_differences(TOMORROW) if row.kind == "FILE_UNKNOWN"]
        with pytest.raises(NotThisWay):
            matching.receive_line(difference_id=one.id, reason="không rõ", actor=WORKER, at=NEXT)
        assert_all_holds()

    def test_as_many_refunds_of_a_payment_as_were_asked_for_are_ours(
        self, settled: Callable[..., Any], take: Callable[..., Any], told_by_bank: Callable[..., Any]
    ) -> None:
        told_by_bank("V1", 500_000, bank="VNPAY")
        gateways.set_gateway(
            code="VNPAY", name="VNPAY", address="", public={}, secrets={"k": "s"}, actor=WORKER, at=NEXT
        )
        attempt = OnlinePayment.objects.create(
            id=new_id(NEXT), gateway_id="VNPAY", ref="DR1", charge_id=new_id(NEXT), payment_code="x", amount_vnd=500_000,
            state="PAID", paid_vnd=500_000, paid_at=NEXT, provider_txn_id="V1", started_by="x", created_at=NEXT, expires_at=NEXT,
            changed_at=NEXT,
        )  # fmt: skip
        OnlineRefund.objects.create(
            id=new_id(NEXT),
            payment=attempt,
            ref="RF1",
            amount_vnd=9_000,
            reason="x",
            state="DONE",
            asked_by="x",
            asked_at=NEXT,
        )
        settled(
            "V1|500000|0", "R1|9000|0|Hoàn tiền", "R2|9000|0|Hoàn tiền", own_refs={"R1": "DR1", "R2": "DR1"}
        )
        take("C|482000|FT1|VNPAY QUYET TOAN", day=TOMORROW)
        match(TOMORROW)

        assert [
            row.kind for row in matching_queries.open_differences(TOMORROW) if row.amount_vnd == -9_000
        ] == ["FILE_UNKNOWN"]

    def test_two_lines_of_one_sum_settle_it_once(
        self, settled: Callable[..., Any], take: Callable[..., Any], told_by_bank: Callable[..., Any]
    ) -> None:
        told_by_bank("V1", 500_000, bank="VNPAY")
        settled("V1|500000|0")
        take("C|500000|FT1|VNPAY QUYET TOAN", "C|500000|FT2|VNPAY QUYET TOAN", day=TOMORROW)
        match(TOMORROW)

        assert open_ones() == [("FEE", 500_000)]
        assert GatewaySettlement.objects.get().line.key == "FT1"
        assert_all_holds()

    def test_a_settlement_without_its_payments_behind_our_back_is_seen(
        self, settled: Callable[..., Any], take: Callable[..., Any], told_by_bank: Callable[..., Any]
    ) -> None:
        told_by_bank("V1", 500_000, bank="VNPAY")
        settled("V1|500000|0")
        take("C|400000|FT1|VNPAY QUYET TOAN", day=TOMORROW)
        match(TOMORROW)
        line_id = next(
            row.line_id for row in matching_queries.open_differences(TOMORROW) if row.kind == "FEE"
        )
        GatewaySettlement.objects.update(line_id=line_id)

        assert "SETTLEMENT_DIFFERS" in {problem.code for problem in matching_queries.check_matching()}
        found = [(one.about, one.verdict) for one in check.look_at_books()]
        assert found == [("matching", check.Verdict.FAIL)]

    def test_the_check_of_the_installation_says_how_much_agrees(
        self, settled: Callable[..., Any], take: Callable[..., Any], told_by_bank: Callable[..., Any]
    ) -> None:
        told_by_bank("V1", 500_000, bank="VNPAY")
        settled("V1|500000|1100")
        take("C|498900|FT1|VNPAY QUYET TOAN", day=TOMORROW)
        match(TOMORROW)

        ledger, matched = check.look_at_books()
        assert (ledger.verdict, matched.verdict) == (check.Verdict.OK, check.Verdict.OK)
        assert matched.what.endswith("agree with 1 lines of statements")
