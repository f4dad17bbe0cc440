"""Erasing: values go, ids and hashes stay."""

import pytest

from motcua.fieldwork.models import Visit
from motcua.kernel.actors import Actor
from motcua.requests import operations as request_ops
from motcua.requests import queries
from motcua.requests.models import Request
from tests.requests.conftest import pay
from tests.requests.test_advance import accept

pytestmark = pytest.mark.usefixtures("company")
BUSINESS = Actor.staff("business-1", "Minh", ["BUSINESS"], ["PD0400"])


def test_blanks_every_copy_of_a_closed_request_and_keeps_its_journal(submit_home, at):
    request_id = submit_home().request_id
    accept(request_id, BUSINESS, at)
    pay(request_id, at)
    request_ops.cancel(
        request_id=request_id,
        actor=Actor.customer(queries.get_request(request_id).customer_id),
        at=at,
        key="c",
        reason="Tôi đổi ý",
    )

    request_ops.erase_request_data(request_id=request_id, actor=Actor.system("privacy"), at=at, key="e")

    view = queries.get_request(request_id)
    assert (view.answers, view.inputs) == ({}, {})
    assert [note.text for note in queries.list_notes(request_id)] == [""]
    assert Visit.objects.exclude(contact_name="", phone="", place_text="").count() == 0
    assert queries.replay_request(request_id) == queries.state_of(Request.objects.get(id=request_id))


def test_refuses_while_somebody_works_on_it(submit_home, at):
    request_id = submit_home().request_id

    with pytest.raises(request_ops.NotNow):
        request_ops.erase_request_data(request_id=request_id, actor=Actor.system("privacy"), at=at, key="e")

    assert queries.get_request(request_id).answers["full_name"] == "Nguyễn Thị Hoa"
