"""Rules money goes by: checked when proposed, set when a second person agrees, never by the one who proposed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from tests.payments.matched_day import NEXT, OWN, WORKER

from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound
from motcua.payments.models import RefundLimit, RuleProposal, SettlementRule, SheetFormat
from motcua.payments.operations import money_rules
from motcua.payments.operations.money_rules import RuleDecided, RuleInvalid, RuleOwnProposal
from motcua.payments.operations.statement_refusals import ReasonMissing, SheetMappingWrong

BOSS = Actor.staff("giamsat-1", "Hoa", ["SUPERVISOR"], ["PD0000"])
LUMP = {
    "channel": "vnpay", "account": OWN, "mode": "LUMP", "text_pattern": "VNPAY quyết toán", "lag_days": "1",
    "most_fee_vnd": "3.000.000", "valid_from": "2026-12-01",
}  # fmt: skip
LIMIT = {"role": "ACCOUNTANT", "most_vnd": "5.000.000", "valid_from": "2026-12-01"}
SHEET = {
    "code": "vcb_moi",
    "bank": "vcb",
    "mapping": {"columns": {"booked_on": ["Ngày"], "amount": ["Tiền"]}},
}


def propose(kind: str, data: dict[str, Any], at: datetime = NEXT) -> int:
    return money_rules.propose_rule(kind=kind, data=data, actor=WORKER, at=at)


class TestFourEyes:
    def test_nothing_changes_until_another_person_agrees(self, own: None) -> None:
        number = propose("SETTLEMENT", LUMP)
        assert SettlementRule.objects.count() == 0

        money_rules.agree_rule(proposal_id=number, actor=BOSS, at=NEXT)
        rule = SettlementRule.objects.get()
        assert (rule.channel, rule.account_id, rule.mode, rule.text_pattern, rule.lag_days, rule.most_fee_vnd) == (
            "VNPAY", OWN, "LUMP", "vnpay quyet toan", 1, 3_000_000,
        )  # fmt: skip
        assert rule.valid_from.isoformat() == "2026-12-01"
        row = RuleProposal.objects.get()
        assert (row.state, row.proposed_by, row.decided_by) == ("AGREED", WORKER.ref, BOSS.ref)

    @pytest.mark.parametrize("act", [money_rules.agree_rule, money_rules.refuse_rule])
    def test_nobody_decides_on_their_own(self, own: None, act: Any) -> None:
        number = propose("REFUND_LIMIT", LIMIT)
        with pytest.raises(RuleOwnProposal):
            act(proposal_id=number, note="của mình", actor=WORKER, at=NEXT)
        with pytest.raises(IntegrityError), transaction.atomic():
            RuleProposal.objects.update(state="AGREED", decided_by=WORKER.ref, decided_at=NEXT)

        assert RefundLimit.objects.count() == 0
        assert RuleProposal.objects.get().state == "PROPOSED"

    def test_is_decided_once(self, own: None) -> None:
        number = propose("REFUND_LIMIT", LIMIT)
        with pytest.raises(ReasonMissing):
            money_rules.refuse_rule(proposal_id=number, note=" ", actor=BOSS, at=NEXT)
        money_rules.refuse_rule(proposal_id=number, note="quá cao", actor=BOSS, at=NEXT)

        with pytest.raises(RuleDecided):
            money_rules.agree_rule(proposal_id=number, actor=BOSS, at=NEXT)
        assert RefundLimit.objects.count() == 0

    def test_a_limit_and_a_sheet_are_set(self, own: None) -> None:
        for kind, data in (("REFUND_LIMIT", LIMIT), ("SHEET", SHEET)):
            money_rules.agree_rule(proposal_id=propose(kind, data), actor=BOSS, at=NEXT)

        assert list(RefundLimit.objects.values_list("role", "most_vnd")) == [("ACCOUNTANT", 5_000_000)]
        assert SheetFormat.objects.get().mapping["columns"] == {"booked_on": ["Ngày"], "amount": ["Tiền"]}


class TestRefusals:
    @pytest.mark.parametrize(
        ("kind", "data", "field"),
        [
            ("SETTLEMENT", {**LUMP, "channel": "V N"}, "channel"),
            ("SETTLEMENT", {**LUMP, "mode": "HALF"}, "mode"),
            ("SETTLEMENT", {**LUMP, "text_pattern": " "}, "text_pattern"),
            ("SETTLEMENT", {**LUMP, "lag_days": "31"}, "lag_days"),
            ("SETTLEMENT", {**LUMP, "most_fee_vnd": "-1"}, "most_fee_vnd"),
            ("SETTLEMENT", {**LUMP, "valid_from": "2026-10-02"}, "valid_from"),
            ("REFUND_LIMIT", {**LIMIT, "role": "KING"}, "role"),
            ("REFUND_LIMIT", {**LIMIT, "most_vnd": "1.5e3"}, "most_vnd"),
            ("REFUND_LIMIT", {**LIMIT, "valid_from": "2026-11-16"}, "valid_from"),
            ("SHEET", {**SHEET, "code": "!"}, "code"),
            ("SHEET", {**SHEET, "bank": ""}, "bank"),
        ],
    )
    def test_what_is_wrong_is_told_with_its_field(
        self, own: None, kind: str, data: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(RuleInvalid) as refused:
            propose(kind, data)

        assert refused.value.field == field
        assert RuleProposal.objects.count() == 0

    def test_an_account_that_is_not_ours_and_a_mapping_of_nothing(self, own: None) -> None:
        with pytest.raises(NotFound):
            propose("SETTLEMENT", {**LUMP, "account": "999"})
        with pytest.raises(SheetMappingWrong):
            propose("SHEET", {**SHEET, "mapping": {}})
