"""What electricity costs, as dated rows: from the files into the tables, and one price a day for each group."""

from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.db import IntegrityError, transaction

from motcua.companies.context import in_public
from motcua.kernel.actors import Actor
from motcua.tariffs import energy, operations, queries, retail
from motcua.tariffs.book import Part
from motcua.tariffs.models import EnergyPrice, PriceDecision, ReactiveRate, Relief, UseHours

AT = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
FILES = energy.price_book()


def as_set(rows):
    """Rows as values to compare, in no order; the tables cut sources at 400 characters."""
    return {tuple((asdict(row) | {"source": row.source[:400]}).items()) for row in rows}


@pytest.fixture
def national(db):
    with in_public():
        operations.load_reference_data(at=AT)
        yield


class TestTheBook:
    @pytest.mark.parametrize(
        "name", ["decisions", "voltages", "prices", "reliefs", "reactive", "rates", "fees", "factors"]
    )
    def test_of_the_tables_is_that_of_the_files(self, national, name):
        tables = getattr(queries.price_book(), name)

        assert tables
        assert as_set(tables) == as_set(getattr(FILES, name))

    def test_every_row_says_where_it_was_read_and_how_sure_we_are(self):
        rows = [
            *FILES.decisions,
            *FILES.voltages,
            *FILES.prices,
            *FILES.reliefs,
            *FILES.reactive,
            *FILES.factors,
        ]

        assert all(row.source and row.confidence for row in rows)

    @pytest.mark.parametrize("group", ["HOME", "HOME_PREPAID", *retail.GROUPS])
    def test_every_retail_group_has_prices_on_every_day(self, group):
        for voltage in ("LT_6KV", "KV6_22", "KV22_110", "GE_110KV"):
            spans = FILES.spans(group, voltage)

            assert spans[0].valid_from == date(2015, 3, 16)
            assert spans[-1].valid_to is None
            assert all(a.valid_to == b.valid_from for a, b in zip(spans, spans[1:], strict=False))

    def test_prices_since_2017_are_the_published_shares_of_the_average(self):
        shares = [Decimal(share) / 100 for share in (90, 93, 108, 136, 152, 157)]
        for decision in FILES.decisions[1:]:
            span = next(s for s in FILES.spans("HOME", "") if s.valid_from == decision.valid_from)
            expected = [
                int((decision.average_vnd * share).quantize(Decimal(1), ROUND_HALF_UP)) for share in shares
            ]
            assert [tier.price_vnd for tier in span.tiers] == expected
            assert span.by_part[Part.UNDECLARED].price_vnd == expected[2]

    def test_a_customer_s_voltage_finds_the_class_that_holds_it(self):
        def normal(group, voltage):
            return FILES.spans(group, voltage)[-1].by_part

        assert normal("BUSINESS", "KV22_110")[Part.PEAK].price_vnd == 5025
        assert normal("BUSINESS", "GE_110KV")[Part.PEAK].price_vnd == 5025
        assert normal("HOSPITAL_SCHOOL", "KV6_22")[Part.ONE].price_vnd == 1940
        assert normal("ADMIN_LIGHTING", "LT_6KV")[Part.ONE].price_vnd == 2226
        assert FILES.spans("PRODUCTION", "GE_6KV") == ()  # might be any of three
        assert FILES.spans("BUSINESS", "GE_6KV") == ()

    def test_the_reactive_table_is_its_formula(self):
        for row in FILES.reactive:
            if row.cosphi:
                formula = (Decimal("0.9") / row.cosphi - 1) * 100
                assert row.percent == formula.quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert FILES.reactive_percent(Decimal("0.59"), date(2026, 1, 1)).percent == Decimal("52.54")


class TestTheTables:
    def test_take_no_second_price_for_a_day(self, national):
        price = EnergyPrice.objects.get(customer_group="HOME", part="TIER", tier=1, valid_to__isnull=True)
        price.pk, price.valid_from = None, price.valid_from + timedelta(days=100)

        with pytest.raises(IntegrityError, match="price_once_a_day"), transaction.atomic():
            price.save(force_insert=True)

    @pytest.mark.parametrize(
        ("model", "changed", "constraint"),
        [
            (EnergyPrice, {"part": "NIGHT"}, "price_part_known"),
            (EnergyPrice, {"part": "ONE", "tier": 3}, "price_tier_is_numbered"),
            (EnergyPrice, {"price_vnd": 0}, "price_positive"),
            (PriceDecision, {"average_vnd": 0}, "decision_average_positive"),
            (Relief, {"percent": 101}, "relief_percent"),
            (ReactiveRate, {"cosphi": "1.01"}, "reactive_cosphi"),
            (UseHours, {"part": "NORMAL"}, "hours_part_known"),
        ],
    )
    def test_refuse_what_makes_no_sense(self, national, model, changed, constraint):
        row = model.objects.filter(valid_to__isnull=True).first() or model.objects.first()

        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            model.objects.filter(pk=row.pk).update(**changed)

    def test_keep_what_a_person_changed(self, national):
        EnergyPrice.objects.filter(customer_group="HOME", tier=1, valid_to__isnull=True).update(
            price_vnd=2000, is_reference=False
        )

        assert operations.load_reference_data(at=AT).updated == 0
        assert queries.price_book().spans("HOME", "")[-1].tiers[0].price_vnd == 2000

    def test_hours_have_no_peak_on_sundays(self, national):
        assert UseHours.objects.filter(part="PEAK", on_sundays=True).count() == 0
        assert UseHours.objects.filter(schedule="LEGACY").count() == 3
        assert UseHours.objects.filter(schedule="963").count() == 2


FIVE = [
    operations.NewPrice("HOME", Part.TIER, price, tier=number, width_kwh=width)
    for number, (width, price) in enumerate(
        [(100, 1984), (100, 2380), (200, 2998), (300, 3571), (None, 3967)], 1
    )
]
FLAT = operations.NewPrice("HOME", Part.UNDECLARED, 2380)


def decide(**changed):
    told = {
        "number": "1/QĐ-BCT", "issued_on": date(2026, 12, 20), "average_vnd": Decimal("2204.0655"), "prices": [*FIVE, FLAT],
        "valid_from": date(2027, 1, 1), "source": "QĐ 1/QĐ-BCT", "confidence": "high",
        "actor": Actor.staff("a", "An", ["ADMIN"]), "approved_by": Actor.staff("b", "Bình", ["ADMIN"]), "at": AT,
    }  # fmt: skip
    return operations.set_decision(**told | changed)


class TestTheNextDecision:
    def test_may_have_fewer_tiers(self, national):
        assert decide() == 6

        book = queries.price_book()
        old, new = book.spans("HOME", "")[-2:]
        assert (len(old.tiers), old.valid_to) == (6, date(2027, 1, 1))
        assert [tier.price_vnd for tier in new.tiers] == [1984, 2380, 2998, 3571, 3967]
        assert new.by_part[Part.UNDECLARED].price_vnd == 2380
        assert book.find_decision(date(2026, 12, 31)).number == "1279/QĐ-BCT"
        assert book.find_decision(date(2027, 1, 1)).number == "1/QĐ-BCT"
        assert book.spans("BUSINESS", "LT_6KV")[-1].by_part[Part.PEAK].price_vnd == 5422

    def test_outlives_the_files(self, national):
        decide()

        loaded = operations.load_reference_data(at=AT + timedelta(days=1))

        assert (loaded.added, loaded.updated) == (0, 0)
        assert len(queries.price_book().spans("HOME", "")[-1].tiers) == 5

    @pytest.mark.parametrize(
        ("changed", "refusal"),
        [
            ({"approved_by": Actor.staff("a", "An", ["ADMIN"])}, operations.SameEyes),
            ({"valid_from": date(2026, 11, 1)}, operations.InThePast),
            ({"source": " "}, operations.SourceMissing),
            ({"prices": [operations.NewPrice("HOME", Part.ONE, 0)]}, operations.BadAmount),
            ({"prices": FIVE[1:]}, operations.BadStructure),
            ({"prices": FIVE[:-1]}, operations.BadStructure),
            ({"prices": [*FIVE, FIVE[0]]}, operations.BadStructure),
            ({"prices": [FLAT]}, operations.BadStructure),
            (
                {"prices": [operations.NewPrice("BUSINESS", Part.PEAK, 5000, "LT_6KV")]},
                operations.BadStructure,
            ),
        ],
    )
    def test_is_refused_and_nothing_changes(self, national, changed, refusal):
        with pytest.raises(refusal):
            decide(**changed)

        assert as_set(queries.price_book().prices) == as_set(FILES.prices)
        assert PriceDecision.objects.count() == 7
