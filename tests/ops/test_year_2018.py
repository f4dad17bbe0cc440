"""A year of requests: shares come out as published, boards say what went in, a kill costs nothing."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from motcua.companies.context import using_company
from motcua.customers.models import Customer
from motcua.documents import packs
from motcua.documents.models import Document, Signature
from motcua.kernel.local_time import local_date
from motcua.ledger.models import Charge
from motcua.ops.year import acts, mix, plan, play, said, tally
from motcua.reports import operations as report_ops
from motcua.reports.models import RollUp
from motcua.requests.models import DoneOnce, Request
from motcua.requests.operations import many
from motcua.services import catalogue
from motcua.supply.models import Contract, ContractChange, Installation, SupplyStop

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
        items = [plan.planned("SPC", number, ONE_UNIT) for number in range(30_000)]
        played = Counter(item.service for item in items)

        assert {local_date(item.sent_at).year for item in items} == {2018}
        assert len({local_date(item.sent_at).month for item in items}) == 12
        assert played.keys() == mix.SERVICES.keys()
        assert played["FAULT"] / len(items) == pytest.approx(0.26, abs=0.01)
        assert {item.end for item in items} == set(plan.ENDS)

    def test_the_mix_has_every_service_of_the_catalogue_and_adds_up(self):
        for day in (date(2018, 1, 1), date(2018, 12, 31)):
            assert {service.code for service in catalogue.list_services(day)} == mix.SERVICES.keys()
        assert sum(weight for _, weight in mix.ALL) == pytest.approx(100)
        assert acts.ROUTES.keys() == mix.SERVICES.keys()
        assert {service for service, _ in mix.SIMPLE} == {"INFO", "FAULT", "COMPLAINT"}


@pytest.fixture
def printed_once(monkeypatch):
    """The same printed pages for every contract: what they say is tried elsewhere, and printing takes long."""
    pages: dict[str, bytes] = {}
    told: Counter[str] = Counter()
    real = packs.contract_pack

    def print_one(data):
        told[data["number"]] += 1
        return pages.get("page") or pages.setdefault("page", real(data))

    monkeypatch.setattr(packs, "contract_pack", print_one)
    return told


class TestEveryWay:
    """Each service, with each end, way to pay and party a lateness is charged to: what is planned is what the boards say."""

    def chosen(self, company, units) -> list[plan.Planned]:
        """Of each service a few hundred; those that bring something that the ones before did not."""
        found: set[tuple] = set()
        kept: list[plan.Planned] = []
        for place, service in enumerate(mix.SERVICES):
            for number in range(place, place + 1200 * len(mix.SERVICES), len(mix.SERVICES)):
                item = plan.planned(company, number, units, ((service, 1.0),))
                acts_done = len(acts.acts_of(item, "")) if item.end == "OPEN" else 0
                brings = {
                    (service, item.end, acts_done),
                    (service, item.paid),
                    (item.end, item.charged_to),
                    (item.kind.ends, item.end, item.paid, item.is_surveyed),
                }
                if not brings <= found:
                    kept.append(item)
                    found |= brings
        return kept

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

        for service in mix.SERVICES:
            assert {item.end for item in lot if item.service == service} == set(plan.ENDS)
        for service in (kind for kind in mix.SERVICES.values() if kind.pays):
            assert {item.paid for item in lot if item.service == service.code} == {"", plan.BANK, plan.CASH}
        assert {item.charged_to for item in lot if item.end == "LATE"} == set(plan.CHARGED)
        for window in (tally.YEAR, tally.AFTER):
            went_in, told = tally.put_in(lot, where, window), tally.on_boards(code, window)
            assert {k: (went_in[k], told[k]) for k in went_in | told if went_in[k] != told[k]} == {}
        with using_company(code):
            assert report_ops.rebuild(at=lot[0].sent_at).corrected == 0
            assert Request.objects.count() == len(lot)
            lit = [item for item in lot if item.energised_at]
            assert Request.objects.exclude(energised_at=None).count() == len(lit) > 5
            self.contracts_say(lot, where)
            signed = sum(any(act.is_signed for act in acts.acts_of(item, "")) for item in lot)
            assert Signature.objects.count() == 3 * signed
            assert Document.objects.filter(kind="CONTRACT", copy_due=True).count() == signed
            assert set(printed_once.values()) == {1}

    def contracts_say(self, lot, where):
        """What was asked for is so, on the contracts, at the meters and in the books."""
        done = {
            service: [item for item in lot if item.service == service and item.is_settled]
            for service in mix.SERVICES
        }

        def contract_of(item):
            return Contract.objects.get(account_code=play.account_code(where[item.unit], item))

        def made_by(item):
            account_code = Request.objects.get(number=numbers[item.number]).account_code
            return Contract.objects.select_related("service_point").get(account_code=account_code)

        numbers = {
            int(key.split(":")[2]): number
            for key, number in DoneOnce.objects.filter(act="submit").values_list("key", "answer__number")
        }
        assert ContractChange.objects.filter(kind="HOLDER").count() == len(done["CHG-HOLDER"]) > 0
        assert all(contract_of(item).purpose == "BUSINESS" for item in done["CHG-PURPOSE"])
        assert all(contract_of(item).expires_on > said.ends_on(item) for item in done["EXTEND"])
        assert all(contract_of(item).quota == play.HOMES_THAT_SHARE - 1 for item in done["NEW-LV-SPLIT"])
        assert SupplyStop.objects.filter(restored_at=None).count() == sum(
            item.service == "RECONNECT" and not item.is_settled for item in lot
        )
        assert SupplyStop.objects.exclude(restored_at=None).count() == len(done["RECONNECT"]) > 0
        for item in done["NEW-LV-SPLIT"]:
            assert made_by(item).service_point.place_id == contract_of(item).service_point.place_id
        assert {made_by(item).quota for item in done["NEW-LV-SHARED"]} == {3}
        assert {made_by(item).expires_on > local_date(item.ended_at) for item in done["NEW-LV-SHORT"]} == {
            True
        }
        assert {made_by(item).expires_on for item in done["NEW-LV-RES"]} == {None}
        for item in [*done["NEW-LV-NRES40"], *done["NEW-MV"]]:
            made = made_by(item)
            hanging = Installation.objects.select_related("meter").get(service_point=made.service_point)
            assert (made.purpose, made.service_point.phases, hanging.meter.kind) == (
                "PRODUCTION",
                3,
                "TIME_OF_USE",
            )
            assert Customer.objects.get(id=made.customer_id).kind == "ORGANISATION"
        paid = Counter(Charge.objects.filter(status="PAID").values_list("kind", flat=True))
        assert paid == Counter("NG" if item.service == "RECONNECT" else "CM" for item in lot if item.paid)
        assert not Charge.objects.filter(status="OPEN").exists()


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

    @pytest.mark.parametrize("cut", ["submit_many", "sign_contracts", "advance_many", "roll_up"])
    def test_a_kill_costs_the_batch_that_was_on_the_way_and_nothing_more(
        self, company, tmp_path, monkeypatch, cut
    ):
        """Killed at the second call of an act, and started again from what was noted."""
        calls = 0
        module = {"roll_up": report_ops, "sign_contracts": play.contracts_many}.get(cut, play.request_ops)
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
