"""The prices that come with Motcua, and with energy prices of a two-part trial that nobody has published: made up."""

from dataclasses import asdict, replace
from datetime import UTC, date, datetime

from motcua.companies.context import in_public
from motcua.tariffs import energy
from motcua.tariffs.book import Part, Price
from motcua.tariffs.models import EnergyPrice

BOOK = energy.price_book()
TRIED_FROM, DEARER_FROM = date(2026, 1, 1), date(2026, 7, 1)
# by hours at 22 kV and above; one price below. The prices of capacity are those that were made public.
BY_HOURS = {Part.NORMAL: 1253, Part.OFF_PEAK: 843, Part.PEAK: 2162}
ENERGY = {"GE_110KV": BY_HOURS, "KV22_110": BY_HOURS, "KV6_22": {Part.ONE: 1332}}


def two_part(book=BOOK):
    """The book with the trial's prices; those of energy grow by 100 dong on 1 July 2026, those of capacity stay."""
    made = []
    for start, end, more, number in (
        (TRIED_FROM, DEARER_FROM, 0, "9/QĐ-BCT"),
        (DEARER_FROM, None, 100, "10/QĐ-BCT"),
    ):
        for voltage, prices in ENERGY.items():
            parts = {part: vnd + more for part, vnd in prices.items()}
            parts[Part.CAPACITY] = energy.capacity_vnd()[voltage]
            made += [
                Price(start, end, number, number, "PRODUCTION_TWO_PART", voltage, part, 0, None, vnd, "")
                for part, vnd in parts.items()
            ]
    return replace(book, prices=[*book.prices, *made], _spans={}, _rates={}, _reliefs={})


def enter_two_part():
    """The trial's prices into the tables; with a company at hand."""
    with in_public():
        made = [price for price in two_part().prices if price not in BOOK.prices]
        EnergyPrice.objects.bulk_create(
            EnergyPrice(**asdict(price), changed_by="system:test", changed_at=datetime(2026, 1, 1, tzinfo=UTC)) for price in made
        )  # fmt: skip
