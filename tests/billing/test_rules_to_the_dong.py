"""Every rule of rating with its bill to the dong, worked out apart from the code: by the rule, and by its twin in SQL."""

from datetime import date

import pytest

from motcua.billing.rules import rating, reading, use
from motcua.billing.rules.case import Case
from motcua.tariffs import energy
from motcua.tariffs.book import Part
from tests.billing import twin

BOOK = energy.price_book()
MARCH = {"from": "2026-03-15", "to": "2026-04-15"}  # 31 days, all of March
HOME = {"group": "HOME", **MARCH}
SHOP = {"group": "BUSINESS", "voltage": "LT_6KV", **MARCH}
HOURS = {"normal": 100, "off_peak": 20, "peak": 30}
# (rule, case, before tax, tax)
VECTORS = [
    ("tiers", HOME | {"kwh": 250}, 589_600, 47_168),
    ("nothing used", HOME | {"kwh": 0}, 0, 0),
    ("two households", HOME | {"kwh": 400, "quotas": 2}, 879_400, 70_352),
    ("three tenants: norms 37.5 are 38", HOME | {"kwh": 100, "tenants": 3}, 210_412, 16_833),
    ("five tenants, norms kept", HOME | {"kwh": 200, "tenants": 5, "norm_rounding": "NONE"}, 430_625, 34_450),
    ("one tenant, norms kept", HOME | {"kwh": 60, "tenants": 1, "norm_rounding": "NONE"}, 139_905, 11_192),
    ("nobody declared", HOME | {"kwh": 120, "tenants": 0}, 285_600, 22_848),
    ("a reading day that moved: 21 of December's 31 days", HOME | {"from": "2024-01-10", "to": "2024-01-31", "kwh": 150}, 310_410, 24_833),
    ("a first bill: 10 of March's 31 days", HOME | {"from": "2026-04-05", "kwh": 80}, 188_672, 15_094),
    ("a last bill: 16 of February's 28 days", HOME | {"to": "2026-03-31", "kwh": 60}, 121_746, 9_740),
    ("read late: 60 days of April's 30", HOME | {"to": "2026-05-14", "kwh": 500}, 1_179_200, 94_336),
    ("a price that changed: 15 and 15 days", HOME | {"from": "2025-04-25", "to": "2025-05-25", "kwh": 300}, 722_525, 57_802),
    ("and 5 of 30 days, all rounded", HOME | {"from": "2025-05-05", "to": "2025-06-04", "kwh": 101, "billing_month": "2025-05"}, 202_491, 16_199),
    ("three registers", SHOP | {"registers": HOURS}, 516_220, 41_298),
    ("reactive power at 0.86", SHOP | {"registers": HOURS, "cosphi": 0.86}, 540_224, 43_218),
    ("reactive power below 0.60", SHOP | {"registers": HOURS, "cosphi": 0.59}, 787_442, 62_995),
    ("no reactive power from 0.90", SHOP | {"registers": HOURS, "cosphi": 0.9}, 516_220, 41_298),
    ("tax of the reading day: 8 %", HOME | {"from": "2026-11-30", "to": "2026-12-31", "kwh": 100}, 201_700, 16_136),
    ("tax of the reading day: 10 %", HOME | {"from": "2026-12-01", "to": "2027-01-01", "kwh": 100}, 201_700, 20_170),
    ("relief by tiers", HOME | {"from": "2020-10-10", "to": "2020-11-10", "kwh": 450}, 992_800, 99_280),
    ("relief up to 200 kWh", HOME | {"from": "2021-07-10", "to": "2021-08-10", "kwh": 200, "area": "DIRECTIVE_16"}, 316_200, 31_620),
    ("relief above 200 kWh", HOME | {"from": "2021-07-10", "to": "2021-08-10", "kwh": 201, "area": "DIRECTIVE_16"}, 337_132, 33_713),
    ("lodging", SHOP | {"from": "2021-06-10", "to": "2021-07-10", "registers": {"normal": 100, "off_peak": 50, "peak": 30}, "area": "TOURIST_LODGING"}, 315_780, 31_578),
]  # fmt: skip


def case_of(told):
    return reading.read_case(reading.given(told), BOOK)


class TestByTheRule:
    @pytest.mark.parametrize(
        ("told", "subtotal", "vat"), [v[1:] for v in VECTORS], ids=[v[0] for v in VECTORS]
    )
    def test_is(self, told, subtotal, vat):
        bill = rating.rate(case_of(told), BOOK)

        assert (bill.subtotal_vnd, bill.vat_vnd, bill.total_vnd) == (subtotal, vat, subtotal + vat)

    def test_a_register_that_went_round(self):
        assert self.total(use.Shown(99_850, 120, 5).kwh) == 701_525

    def test_a_meter_that_was_changed(self):
        assert (
            self.total(use.kwh_through_changes([use.Shown(12_340, 12_400, 5), use.Shown(0, 45, 6)]))
            == 230_688
        )

    def test_a_meter_that_stood_still(self):
        """880 kWh in the 90 days of three cycles, 30 days: 293."""
        assert self.total(use.kwh_of_stopped([(300, 31), (270, 28), (310, 31)], 30, cycles=3)) == 775_995

    def test_two_purposes_behind_one_meter(self):
        """300 kWh: 60 in 100 at home, 392,100; 40 in 100 in the shop, 378,240; tax on the sum."""
        home = Case("HOME", date(2026, 3, 15), date(2026, 4, 15), {Part.ONE: 300}, date(2026, 4, 1), 31)
        shares = [use.Purpose("HOME", "", 6000), use.Purpose("BUSINESS", "LT_6KV", 4000)]

        bill = rating.rate_together(use.split_by_purpose(home, shares, BOOK), BOOK)
        assert (bill.subtotal_vnd, bill.vat_vnd, bill.total_vnd) == (770_340, 61_627, 831_967)

    def total(self, kwh):
        return rating.rate(case_of(HOME | {"kwh": kwh}), BOOK).total_vnd


@pytest.mark.usefixtures("company")
def test_the_twin_gives_every_one_of_them():
    found = twin.by_table([case_of(told) for _, told, _, _ in VECTORS], BOOK)

    assert [(name, bill[4], bill[6]) for (name, *_), (_, bill) in zip(VECTORS, found, strict=True)] == [
        (name, subtotal, vat) for name, _, subtotal, vat in VECTORS
    ]
