"""A year of requests: shares come out as published, boards say what went in, a kill costs nothing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from motcua.companies.context import using_company
from motcua.documents import packs
from motcua.documents.models import Signature
from motcua.kernel.local_time import local_date
from motcua.ops.year import acts, plan, play, tally
from motcua.reports import operations as report_ops
from motcua.reports.models import RollUp
from motcua.requests.models import DoneOnce, Request
from motcua.requests.operations import many
from motcua.supply.models import ContractChange

ONE_UNIT = [(0, 1.0)]


class TestPlan:
    @pytest.mark.parametrize(("scale", "within"), [(0.0002, 0.012), (0.002, 0.002)])
    def test_shares_of_the_article_come_out_at_every_scale(self, scale, within):
        kinds: Counter[str] = Counter()
        settled: Counter[bool] = Counter()
        for company in plan.COMPANIES:
            for number in range(plan.size(company, scale)):
                item = plan.planned(company, number, ONE_UNIT)
                kinds[item.reception] += 1
                if company == "HCMC" and item.is_settled:
                    settled[item.is_fully_online] += 1

        total = sum(kinds.values())
        assert kinds["INDIRECT"] / total == pytest.approx(0.823, abs=within)
        assert kinds["DIRECT"] / total == pytest.approx(0.170, abs=within)
        assert kinds["UNKNOWN"] / total == pytest.approx(0.007, abs=within)
        assert settled[True] / sum(settled.values()) == pytest.approx(0.98, abs=within * 2)

    def test_the_companies_make_up_the_country(self):
        assert sum(plan.COMPANIES.values()) == plan.TOTAL
        for company in plan.COMPANIES:
            assert sum(plan.shares(company).values()) == pytest.approx(1)
            assert min(plan.shares(company).values()) >= 0

    def test_is_the_same_whenever_it_is_asked(self):
        assert plan.planned("NPC", 77, ONE_UNIT) == plan.planned("NPC", 77, ONE_UNIT)

    def test_spreads_over_the_year_and_the_services(self):
        items = [plan.planned("SPC", number, ONE_UNIT) for number in range(3000)]

        assert {local_date(item.sent_at).year for item in items} == {2018}
        assert len({local_date(item.sent_at).month for item in items}) == 12
        assert {item.service for item in items} == set(plan.SERVICES)
        assert {item.end for item in items} == set(plan.ENDS)


@pytest.fixture
def printed_once(monkeypatch):
    """The same printed pages for every contract: what they say is tried elsewhere, and printing takes long."""
    pages: dict[str, bytes] = {}
    real = packs.contract_pack
    monkeypatch.setattr(
        packs, "contract_pack", lambda data: pages.get("page") or pages.setdefault("page", real(data))
    )


class TestEveryWay:
    """Each service, with each end, way to pay and party a lateness is charged to: what is planned is what the boards say."""

    def chosen(self, company, units) -> list[plan.Planned]:
        """The first request of each kind."""
        found: dict[tuple, plan.Planned] = {}
        for number in range(60_000):
            item = plan.planned(company, number, units)
            acts_done = len(acts.acts_of(item, "")) if item.end == "OPEN" else 0
            kind = (
                item.service,
                item.end,
                item.paid,
                item.charged_to,
                item.is_surveyed and item.shape == plan.LIGHT,
                acts_done,
            )
            found.setdefault(kind, item)
        return sorted(found.values(), key=lambda item: item.number)

    @pytest.mark.parametrize("code", ["HANOI", "NPC"])
    def test_goes_as_planned(self, company, tmp_path, printed_once, code):
        with using_company(code):
            where = play.places()
        lot = self.chosen(code, [(number, place.weight) for number, place in enumerate(where)])
        play._bring_accounts(code, where, lot, tmp_path)
        with using_company(code):
            for _again in range(2):  # the second time nothing happens twice
                play._play(lot, where)
                while report_ops.roll_up(at=lot[0].sent_at):
                    pass

        assert {item.service for item in lot} == set(plan.SERVICES)
        assert {item.paid for item in lot} == set(plan.WITH_COST)
        assert {item.charged_to for item in lot if item.end == "LATE"} == set(plan.CHARGED)
        for window in (tally.YEAR, tally.AFTER):
            went_in, told = tally.put_in(lot, where, window), tally.on_boards(code, window)
            assert {k: (went_in[k], told[k]) for k in went_in | told if went_in[k] != told[k]} == {}
        with using_company(code):
            assert report_ops.rebuild(at=lot[0].sent_at).corrected == 0
            assert Request.objects.count() == len(lot)
            lit = [item for item in lot if item.energised_at]
            assert Request.objects.exclude(energised_at=None).count() == len(lit) > 5
            assert ContractChange.objects.filter(kind="HOLDER").count() == sum(
                item.service == "CHG-HOLDER" and item.is_settled for item in lot
            )
            assert Signature.objects.count() == 3 * sum(
                any(act.is_signed for act in acts.acts_of(item, "")) for item in lot
            )


class TestPlay:
    """HANOI at a scale of 60 requests, in the test's own database."""

    SCALE = 60 / plan.COMPANIES["HANOI"]

    @pytest.fixture(autouse=True)
    def _printed(self, printed_once):
        pass

    def play(self, tmp_path: Path, done: int = 0, batch: int = 25) -> list[int]:
        notes: list[int] = []
        play.play_company(
            "HANOI", scale=self.SCALE, done=done, batch=batch, folder=tmp_path, note=notes.append, progress=lambda line: None
        )  # fmt: skip
        return notes

    def test_boards_say_exactly_what_went_in(self, company, tmp_path):
        notes = self.play(tmp_path)

        lines, differing = tally.compare(["HANOI"], scale=self.SCALE)
        assert notes == [25, 50, 60]
        assert differing == 0, "\n".join(lines)
        assert Request.objects.count() == 60
        with using_company("HANOI"):
            assert report_ops.rebuild(at=plan.planned("HANOI", 1, ONE_UNIT).sent_at).corrected == 0

    def test_tells_when_a_board_says_anything_else(self, company, tmp_path):
        self.play(tmp_path)
        row = RollUp.objects.filter(company_code="HANOI", received__gt=0).first()
        RollUp.objects.filter(id=row.id).update(received=row.received + 1)

        lines, differing = tally.compare(["HANOI"], scale=self.SCALE)
        assert differing > 0
        assert any("the boards say" in line for line in lines)

    @pytest.mark.parametrize("cut", ["submit_many", "advance_many", "roll_up"])
    def test_a_kill_costs_the_batch_that_was_on_the_way_and_nothing_more(
        self, company, tmp_path, monkeypatch, cut
    ):
        """Killed at the second call of an act, and started again from what was noted."""
        calls = 0
        module = report_ops if cut == "roll_up" else play.request_ops
        real = getattr(module, cut)

        def fail(*args, **kwargs):
            nonlocal calls
            calls += 1
            if calls == 2:
                raise KeyboardInterrupt
            return real(*args, **kwargs)

        monkeypatch.setattr(module, cut, fail)
        notes: list[int] = []
        with pytest.raises(KeyboardInterrupt):
            play.play_company(
                "HANOI",
                scale=self.SCALE,
                done=0,
                batch=20,
                folder=tmp_path,
                note=notes.append,
                progress=lambda line: None,
            )
        monkeypatch.undo()
        self.play(tmp_path, done=notes[-1] if notes else 0, batch=20)

        lines, differing = tally.compare(["HANOI"], scale=self.SCALE)
        assert differing == 0, "\n".join(lines)
        assert (Request.objects.count(), DoneOnce.objects.filter(act="submit").count()) == (60, 60)

    def test_goes_through_the_operations(self, company, tmp_path, monkeypatch):
        sent = []
        real = many.submit_many
        monkeypatch.setattr(
            play.request_ops, "submit_many", lambda orders: sent.append(len(orders)) or real(orders)
        )

        self.play(tmp_path, batch=30)

        assert sent == [30, 30]
