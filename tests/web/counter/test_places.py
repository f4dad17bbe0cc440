"""The counter finds somebody by where they live: by the old address or the new one, or beside a neighbour."""

from __future__ import annotations

import re

import pytest

from motcua.config import clock
from motcua.customers import operations as customer_ops
from motcua.kernel.actors import Actor
from motcua.kernel.ids import new_id
from motcua.requests.models import Request
from motcua.supply import operations as supply_ops
from tests.web import people

SYSTEM = Actor.system("test")
OLD = "Số 5 phố Chùa Bộc, phường Trung Liệt, quận Đống Đa, Hà Nội"
NEIGHBOUR = "PD01000012345"


@pytest.fixture
def supplied(company):
    """Somebody with a contract at a place written down by its old address; the contract."""

    def make(serial="18123456", name="Nguyễn Thị Hoa", **place):
        at = clock.now()
        supply_ops.add_stock_meters(serials=[serial], unit_code="PD0100", actor=SYSTEM, at=at)
        customer = customer_ops.create_customer(full_name=name, phone="", actor=SYSTEM, at=at)
        where = supply_ops.create_place(
            **{
                "text": OLD, "house": "5", "street": "phố Chùa Bộc", "province_code": "01", "district": "Đống Đa",
                "commune": "Trung Liệt",
            } | place, actor=SYSTEM, at=at,
        )  # fmt: skip
        return supply_ops.connect_supply(
            request_id=new_id(at), customer_id=customer.id, place_id=where.id, unit_code="PD0100", meter_serial=serial,
            first_reading="3", seals=["S-1"], phases=1, quota=1, contract_number="26/0001", energised_at=at,
            actor=Actor.system("crew"), at=at, key=f"energise-{serial}",
        )  # fmt: skip

    return make


@pytest.mark.parametrize(
    "said", [OLD, "5 Chùa Bộc, phường Kim Liên, Hà Nội", "so 5 chua boc", "5 chua boc dong da"]
)
def test_by_the_old_address_and_by_the_new(counter, supplied, said):
    contract = supplied()

    page = counter.get("/quay/", {"q": said})
    href = re.search(r'class="row-link" href="([^"]+)"', page.content.decode())[1].replace("&amp;", "&")
    chosen = counter.get(href)

    assert [one.account_code for one in page.context["around"].supplied] == [contract.account_code]
    assert chosen.context["customer"].full_name == "Nguyễn Thị Hoa"
    assert f"ma={contract.account_code}" in chosen.context["query"]


def test_by_the_code_of_the_house_next_door(counter, supplied):
    first = supplied()
    second = supplied(
        "18123457", "Trần Văn Bình", text="Cạnh nhà bà Hoa", house="", street="",
        neighbour_account_code=first.account_code,
    )  # fmt: skip

    page = counter.get("/quay/", {"q": first.account_code})

    assert [one.full_name for one in page.context["found"]] == ["Nguyễn Thị Hoa"]
    assert [one.account_code for one in page.context["around"].supplied] == [second.account_code]
    assert "Ở cạnh nhà có mã này" in page.content.decode()


def test_a_place_that_only_asks_for_supply_shows_its_open_request(counter):
    place = {"text": "Xóm Đình", "neighbour_account_code": NEIGHBOUR}
    sent = counter.post(
        "/quay/phieu-moi/NEW-LV-RES/",
        {**people.form_of({**people.HOME_ANSWERS, "place": place}), "key": "counter:1"},
    )
    number = Request.objects.get().number

    page = counter.get("/quay/", {"q": NEIGHBOUR})

    assert sent.status_code == 302
    assert [one.number for one in page.context["around"].requests] == [number]
    assert f'href="/ban-viec/yeu-cau/{number}/"' in page.content.decode()


@pytest.mark.parametrize("said", [OLD, "so 5 chua boc", NEIGHBOUR])
def test_a_clerk_of_another_authority_is_told_nothing(clerk, supplied, said):
    supplied(neighbour_account_code=NEIGHBOUR)

    page = clerk.get("/quay/", {"q": said})

    assert len(page.context["around"]) == 0
    assert "Chùa Bộc" not in re.sub(r'value="[^"]*"', "", page.content.decode())


def test_few_queries_whatever_is_found(counter, supplied, django_assert_max_num_queries):
    for number in range(15):
        supplied(f"1812345{number:02d}", f"Nguyễn Thị Hoa {number}")
    counter.get("/quay/")

    with django_assert_max_num_queries(24):
        page = counter.get("/quay/", {"q": OLD})

    assert len(page.context["around"].supplied) == 15


def test_electricity_is_not_asked_for_twice_at_a_place_without_a_warning(counter, supplied):
    contract = supplied()
    form = {
        **people.form_of(people.HOME_ANSWERS),
        "key": "counter:1",
        "place_text": "5 Chùa Bộc, phường Kim Liên, Hà Nội",
    }

    warned = counter.post("/quay/phieu-moi/NEW-LV-RES/", form)
    other = counter.post(
        "/quay/phieu-moi/NEW-LV-RES/", {**form, "place_text": "7 Chùa Bộc, phường Kim Liên, Hà Nội"}
    )

    assert warned.status_code == 409
    assert f"Đã có hợp đồng {contract.account_code} tại {OLD}." in warned.content.decode()
    assert other.status_code == 302
