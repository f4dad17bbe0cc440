"""People, a crew, meters and a bank for the journeys' database (run as the owner by tests.journeys.site)."""

import os
import sys
from datetime import datetime

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "motcua.config.settings")

import django

django.setup()

from motcua.companies import context  # noqa: E402
from motcua.companies.models import Unit, UnitKind  # noqa: E402
from motcua.ops import demo_bills, seed  # noqa: E402

METERS = 20


def main(at: datetime) -> None:
    with context.using_company("HANOI") as company:
        seed.furnish(company, at, meters=METERS)
        demo_bills.make(at)
    with context.using_company("GROUP"):
        seed.add_person(seed.DIRECTOR, Unit.objects.get(kind=UnitKind.CENTRE), at)


main(datetime.fromisoformat(sys.argv[1]))
