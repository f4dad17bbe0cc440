"""VAT and fees of a day, and changing them from a day on."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from motcua.companies.context import in_public
from motcua.kernel.actors import Actor
from motcua.tariffs import operations, queries, reference
from motcua.tariffs.models import DatedRate, DatedRow, FeeItem

AT = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
TODAY = date(2026, 11, 2)
DIRECTOR = Actor.staff("d1", "Dung", ["DIRECTOR"])


@pytest.fixture
def national(db):
    """The national tables as the data files have them."""
    with in_public():
        DatedRate.objects.all().delete()
        FeeItem.objects.all().delete()
        operations.load_reference_data(at=AT)
        yield


class TestVat:
    @pytest.mark.parametrize(
        ("on", "rate"),
        [
            (date(2018, 12, 3), "0.10"),
            (date(2022, 1, 31), "0.10"),
            (date(2022, 2, 1), "0.08"),
            (date(2022, 12, 31), "0.08"),
            (date(2023, 1, 1), "0.10"),
            (date(2023, 6, 30), "0.10"),
            (date(2023, 7, 1), "0.08"),
            (date(2026, 12, 31), "0.08"),
            (date(2027, 1, 1), "0.10"),
            (date(2040, 1, 1), "0.10"),
        ],
    )
    def test_follows_the_day(self, national, on, rate):
        assert queries.vat_rate("SERVICE", on) == queries.vat_rate("ELECTRICITY", on) == Decimal(rate)

    def test_refuses_a_day_or_kind_without_a_rate(self, national):
        with pytest.raises(queries.NoRate) as found:
            queries.vat_rate("SERVICE", date(2008, 1, 1))
        assert found.value.facts == {"kind": "SERVICE", "on": "2008-01-01"}
        with pytest.raises(queries.NoRate):
            queries.vat_rate("BREAD", TODAY)

    def test_prices_an_amount(self, national):
        assert queries.price(98_000, "SERVICE", TODAY) == queries.Priced(
            98_000, Decimal("0.08"), 7_840, 105_840
        )
        assert queries.price(98_000, "SERVICE", date(2027, 1, 1)).total_vnd == 107_800


class TestFees:
    def test_reconnection_before_and_after_the_circular_of_2020(self, national):
        assert queries.fee_vnd("RECONNECT_LE_038KV", date(2019, 5, 1)) == 81_000
        assert queries.fee_vnd("RECONNECT_LE_038KV", TODAY) == 98_000
        assert queries.fee_vnd("RECONNECT_LE_35KV", TODAY) == 231_000
        assert queries.fee_vnd("RECONNECT_GT_35KV", TODAY) == 339_000

    def test_unit_prices_of_works_are_marked_as_configuration(self, national):
        works = queries.list_fees(TODAY, "WORKS_")

        assert len(works) >= 5
        assert all(fee.is_configuration and fee.amount_vnd > 0 and fee.source for fee in works)
        assert not queries.get_fee("RECONNECT_LE_038KV", TODAY).is_configuration

    def test_every_fee_has_both_names_and_a_known_vat(self, national):
        for fee in queries.list_fees(TODAY):
            assert fee.name
            assert fee.name_en
            assert queries.vat_rate(fee.vat_kind, TODAY) > 0

    def test_refuses_what_has_no_price(self, national):
        with pytest.raises(queries.NoFee):
            queries.fee_vnd("WORKS_TUNNEL", TODAY)
        with pytest.raises(queries.NoFee):
            queries.fee_vnd("RECONNECT_LE_038KV", date(2001, 1, 1))


class TestLoadReferenceData:
    def test_runs_as_often_as_you_like(self, national):
        before = (
            list(DatedRate.objects.order_by("id").values()),
            list(FeeItem.objects.order_by("id").values()),
        )

        again = operations.load_reference_data(at=AT + timedelta(days=1))

        assert (again.added, again.updated) == (0, 0)
        rows = [model for model in apps.get_app_config("tariffs").get_models() if issubclass(model, DatedRow)]
        assert again.kept == sum(model._default_manager.count() for model in rows)
        assert len(rows) == 12
        after = list(DatedRate.objects.order_by("id").values()), list(FeeItem.objects.order_by("id").values())
        assert after == before

    def test_brings_a_row_of_its_own_up_to_date(self, national):
        FeeItem.objects.filter(code="WORKS_LABOUR").update(amount_vnd=1)

        assert operations.load_reference_data(at=AT).updated == 1
        assert queries.fee_vnd("WORKS_LABOUR", TODAY) == 320_000

    def test_leaves_alone_what_a_person_changed(self, national):
        operations.set_fee(
            code="WORKS_LABOUR", amount_vnd=350_000, valid_from=TODAY, source="QĐ 12", actor=DIRECTOR, at=AT
        )
        operations.set_rate(
            kind="VAT_SERVICE",
            value=Decimal("0.08"),
            valid_from=date(2027, 1, 1),
            valid_to=date(2028, 1, 1),
            source="NQ mới",
            actor=DIRECTOR,
            at=AT,
        )

        loaded = operations.load_reference_data(at=AT)

        assert (loaded.added, loaded.updated) == (0, 0)
        assert queries.fee_vnd("WORKS_LABOUR", TODAY) == 350_000
        assert queries.fee_vnd("WORKS_LABOUR", TODAY - timedelta(days=1)) == 320_000
        assert queries.vat_rate("SERVICE", date(2027, 6, 1)) == Decimal("0.08")

    def test_the_files_say_nothing_twice_and_leave_no_gap(self):
        by_name = {}
        for row in [*reference.vat_rates(), *reference.fees()]:
            by_name.setdefault(getattr(row, "kind", None) or row.code, []).append(row)
        for rows in by_name.values():
            for before, after in zip(rows, rows[1:], strict=False):
                assert before.valid_to == after.valid_from
            assert rows[-1].valid_to is None


class TestSetting:
    def test_a_renewed_rate_splits_what_was_said(self, national):
        operations.set_rate(
            kind="VAT_SERVICE",
            value=Decimal("0.08"),
            valid_from=date(2027, 1, 1),
            valid_to=date(2028, 1, 1),
            source="Nghị quyết",
            actor=DIRECTOR,
            at=AT,
        )

        days = [date(2026, 12, 31), date(2027, 1, 1), date(2027, 12, 31), date(2028, 1, 1)]
        assert [queries.vat_rate("SERVICE", day) for day in days] == [
            Decimal(rate) for rate in ("0.08", "0.08", "0.08", "0.10")
        ]
        assert queries.vat_rate("ELECTRICITY", date(2027, 1, 1)) == Decimal("0.10")
        row = DatedRate.objects.get(kind="VAT_SERVICE", valid_from=date(2027, 1, 1))
        assert (row.changed_by, row.changed_at, row.source) == ("staff:d1", AT, "Nghị quyết")

    def test_a_new_fee_keeps_name_and_tax_of_the_old(self, national):
        fee = operations.set_fee(
            code="WORKS_CABLE_2X6",
            amount_vnd=45_000,
            valid_from=date(2027, 1, 1),
            source="QĐ 1",
            actor=DIRECTOR,
            at=AT,
        )

        assert (fee.amount_vnd, fee.measure, fee.vat_kind) == (45_000, "mét", "SERVICE")
        assert queries.fee_vnd("WORKS_CABLE_2X6", date(2026, 12, 31)) == 42_000

    def test_an_item_of_a_company_s_own(self, national):
        operations.set_fee(
            code="WORKS_POLE",
            name="Cột",
            amount_vnd=2_000_000,
            valid_from=TODAY,
            source="QĐ 1",
            actor=DIRECTOR,
            at=AT,
        )

        assert queries.get_fee("WORKS_POLE", TODAY).name == "Cột"

    @pytest.mark.parametrize(
        ("changed", "refusal"),
        [
            ({"valid_from": TODAY - timedelta(days=1)}, operations.InThePast),
            ({"value": Decimal("-0.01")}, operations.BadAmount),
            ({"source": "  "}, operations.SourceMissing),
            ({"valid_to": TODAY}, operations.EmptyPeriod),
        ],
    )
    def test_refuses_and_changes_nothing(self, national, changed, refusal):
        before = list(DatedRate.objects.order_by("id").values())
        good = {"kind": "VAT_SERVICE", "value": Decimal("0.05"), "valid_from": TODAY, "source": "x"}

        with pytest.raises(refusal):
            operations.set_rate(**(good | changed), actor=DIRECTOR, at=AT)

        assert list(DatedRate.objects.order_by("id").values()) == before

    def test_the_database_refuses_two_rates_for_a_day(self, national):
        row = DatedRate.objects.get(kind="VAT_SERVICE", valid_from=date(2027, 1, 1))
        row.pk = None
        row.valid_from = date(2027, 5, 1)

        with pytest.raises(IntegrityError, match="rate_kind_period"), transaction.atomic():
            row.save()


class TestSettingProperty(TestCase):
    @given(
        st.lists(
            st.tuples(st.integers(0, 30), st.none() | st.integers(1, 20), st.integers(0, 10**6)),
            min_size=1,
            max_size=6,
        )
    )
    @settings(max_examples=25, deadline=None)
    def test_the_last_word_holds_on_its_days_and_the_others_keep_theirs(self, changes):
        with in_public():
            FeeItem.objects.filter(code="X").delete()
            truth = {}
            for start, length, amount in changes:
                first = TODAY + timedelta(days=start)
                last = None if length is None else first + timedelta(days=length)
                operations.set_fee(
                    code="X",
                    amount_vnd=amount,
                    valid_from=first,
                    valid_to=last,
                    source="x",
                    actor=DIRECTOR,
                    at=AT,
                )
                for n in range(start, 60 if length is None else start + length):
                    truth[n] = amount
            for n in range(60):
                on = TODAY + timedelta(days=n)
                found = [fee.amount_vnd for fee in queries.list_fees(on, "X")]
                assert found == ([truth[n]] if n in truth else [])


class TestLimits:
    def test_are_dated_by_rule_set(self, company):
        def told(service, day):
            return [(row.case, row.within, row.is_verified) for row in queries.list_limits(service, day)]

        assert told("NEW-LV-RES", date(2018, 6, 1)) == [
            ("COUNTRY", "5 working days", True), ("TOWN", "3 working days", True), ("WORKS", "7 working days", True),
        ]  # fmt: skip
        assert told("NEW-LV-RES", date(2023, 6, 1)) == [
            ("", "5 working days", True),
            ("WORKS", "7 working days", True),
        ]
        assert told("NEW-LV-RES", date(2026, 6, 1)) == [
            ("", "5 working days", False),
            ("WORKS", "7 working days", False),
        ]
        assert told("CHG-PURPOSE", date(2021, 3, 31)) == [("", "1 working day", True)]
        assert told("CHG-PURPOSE", date(2021, 4, 1)) == [("", "3 working days", True)]
        assert told("NEW-LV-RES", date(2016, 1, 1)) == []

    def test_every_row_names_its_text(self, company):
        for row in queries.list_limits("METER-CHECK", date(2026, 6, 1)):
            assert "61/2024" in row.source
