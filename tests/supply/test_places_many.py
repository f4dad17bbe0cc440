"""The set-based twin writes the places that the single act writes."""

from __future__ import annotations

import contextlib
import random
from datetime import timedelta

import pytest
from django.db import transaction

from motcua.kernel.actors import Actor
from motcua.kernel.results import Invalid
from motcua.supply import operations as supply_ops
from motcua.supply import queries
from motcua.supply.models import Place

COLUMNS = [field.attname for field in Place._meta.concrete_fields if not field.primary_key]


def lot(seed: int, at) -> list[supply_ops.NewPlace]:
    rng = random.Random(seed)
    made = []
    for n in range(30):
        told = {
            "text": f"Số {n}  phố Huế", "street": rng.choice(["", "phố Huế"]), "house": str(n), "pole_number": rng.choice(["", "a12/3"]),
            "province_code": rng.choice(["", "01", "79"]), "district": rng.choice(["", "Hai Bà Trưng"]),
            "commune": rng.choice(["", "Bạch Mai"]), "neighbour_account_code": rng.choice(["", "pd01 0000 00001"]),
            **rng.choice([{}, {"lat": 21.03, "lon": 105.85}]), **rng.choice([{}, {"new_province_code": "01", "new_commune": "Kim Liên"}]),
        }  # fmt: skip
        when = at + timedelta(days=rng.randrange(-3000, 10))
        made.append(supply_ops.NewPlace(told, Actor.system(rng.choice("ab")), when))
    return made


class Undo(Exception):
    """Rolls a try back."""


def tried(act) -> list:
    found = []
    with contextlib.suppress(Undo), transaction.atomic():
        views = act()
        rows = Place.objects.in_bulk()
        assert len(rows) == len(views)
        assert [queries.view_place(rows[view.id]) for view in views] == views
        found = [tuple(getattr(rows[view.id], name) for name in COLUMNS) for view in views]
        raise Undo
    return found


@pytest.mark.parametrize("seed", range(4))
def test_writes_what_the_single_act_writes(company, at, seed):
    places = lot(seed, at)

    singly = tried(
        lambda: [supply_ops.create_place(**place.told, actor=place.actor, at=place.at) for place in places]
    )

    assert tried(lambda: supply_ops.create_places(places)) == singly


def test_writes_none_when_one_is_wrong(company, at):
    wrong = supply_ops.NewPlace({"text": "Ở đâu đó"}, Actor.system("a"), at)

    with pytest.raises(Invalid) as refused:
        supply_ops.create_places([*lot(1, at), wrong])

    assert refused.value.errors[""][0].code == "PLACE_NOT_FINDABLE"
    assert not Place.objects.exists()
