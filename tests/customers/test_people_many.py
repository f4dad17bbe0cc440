"""The set-based twin finds and makes the customers that the single act finds and makes."""

from __future__ import annotations

import contextlib
import random
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from motcua.customers import operations as customer_ops
from motcua.customers.models import Customer
from motcua.kernel.actors import Actor
from motcua.kernel.results import Invalid

NAMES = ("Nguyễn Thị Hoa", "nguyen thi hoa", "Trần Văn An", "Lê Lan")
PHONES = ("", "0901234567", "0912345678")
ID_NUMBERS = ("", "", "001190012345", "001190099999")
COLUMNS = [field.attname for field in Customer._meta.concrete_fields if not field.primary_key]


def lot(seed: int, at, count: int = 40) -> list[customer_ops.Applicant]:
    rng = random.Random(seed)
    return [
        customer_ops.Applicant(
            full_name=rng.choice(NAMES), phone=rng.choice(PHONES), id_number=rng.choice(ID_NUMBERS),
            email=rng.choice(["", "hoa@example.com"]), kind=rng.choice(["PERSON", "ORGANISATION"]),
            actor=Actor.system(rng.choice("ab")), at=at + timedelta(minutes=rng.randrange(-500, 500)),
        )
        for _ in range(count)
    ]  # fmt: skip


class Undo(Exception):
    """Rolls a try back."""


def tried(act) -> tuple:
    """Who was found for each, and all customers there are then; by the place among them, as new ids differ."""
    found = []
    with contextlib.suppress(Undo), transaction.atomic():
        views = act()
        rows = {row.id: tuple(getattr(row, name) for name in COLUMNS) for row in Customer.objects.all()}
        found = [[rows[view.id] for view in views], sorted(map(str, rows.values()))]
        firsts = {view.id: n for n, view in reversed(list(enumerate(views)))}
        found.append([firsts[view.id] for view in views])
        raise Undo
    return tuple(found)


@pytest.mark.parametrize("seed", range(8))
def test_finds_and_makes_what_the_single_act_does(make_customer, at, seed):
    rng = random.Random(1000 + seed)
    for _ in range(rng.randrange(5)):
        make_customer(full_name=rng.choice(NAMES), phone=rng.choice(PHONES), id_number=rng.choice(ID_NUMBERS))
    if erased := Customer.objects.order_by("id").first():
        Customer.objects.filter(id=erased.id).update(status="MERGED", merged_into_id=make_customer().id)
    people = lot(seed, at)

    singly = tried(lambda: [customer_ops.find_or_create_customer(**vars(person)) for person in people])
    together = tried(lambda: customer_ops.find_or_create_customers(people))

    assert together == singly
    assert len(set(singly[2])) > 3


def test_makes_none_when_one_is_wrong(company, at):
    people = [*lot(1, at), customer_ops.Applicant(full_name="?", phone="12", actor=Actor.system("a"), at=at)]

    with pytest.raises(Invalid) as refused:
        customer_ops.find_or_create_customers(people)

    assert set(refused.value.errors) == {"full_name", "phone"}
    assert not Customer.objects.exists()


def test_asks_as_often_for_many_as_for_one(company, at):
    counts = []
    for people in (lot(3, at, 1), lot(4, at, 60)):
        with CaptureQueriesContext(connection) as asked:
            customer_ops.find_or_create_customers(people)
        counts.append(len(asked))

    assert counts[1] <= counts[0] < 8


def test_two_who_come_at_once_are_one_customer(committed_company, at, race):
    people = [person for person in lot(5, at) if person.id_number]

    first, second = race(*[lambda: customer_ops.find_or_create_customers(people)] * 2)

    assert [view.id for view in first] == [view.id for view in second]
    assert Customer.objects.count() == len({view.id for view in first}) > 3
