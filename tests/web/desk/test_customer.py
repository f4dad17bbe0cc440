"""The customer's card: who sees what of it, and every act on it."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta

import pytest

from motcua.companies import queries as company_queries
from motcua.companies.access import actor_of
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.customers import operations as customer_ops
from motcua.customers import queries as customer_queries
from motcua.customers.models import DataRequest, Handle
from motcua.kernel.actors import Actor
from motcua.messaging import operations as messaging_ops
from motcua.messaging import queries as messaging_queries
from motcua.messaging.models import OutboxMessage
from motcua.supply import operations as supply_ops
from motcua.supply import queries as supply_queries
from tests.web import people

SYSTEM = Actor.system("t")
HOA = {"full_name": "Nguyễn Thị Hoa", "phone": "0901234567", "id_number": "001185012345"}


@pytest.fixture
def make(company):
    """Another customer, with the given values over Hoa's."""

    def create(**values):
        return customer_ops.create_customer(**HOA | values, actor=Actor.system("t"), at=clock.now())

    return create


@pytest.fixture
def hoa(make):
    return make(email="hoa@example.com", contact_address="Số 5 Lê Lợi")


def address(customer, more=""):
    return f"/ban-viec/khach-hang/{customer.id}/{more}"


def do(page, customer, deed, **typed):
    return page.post(address(customer, f"viec/{deed}/"), typed, follow=True)


class TestLooking:
    def test_says_who_they_are_and_is_audited(self, intake_page, send):
        view = send()
        customer = customer_queries.get_customer(view.customer_id)

        shown = intake_page.get(address(customer)).content.decode()

        assert customer.full_name in shown
        assert view.number in shown
        assert customer.id_number not in shown
        assert customer.masked_id_number in shown
        audit = company_queries.list_audit(subject_type="customer", subject_id=str(customer.id))
        assert [row.verb for row in audit] == ["customer.seen"]

    @pytest.mark.parametrize(
        ("role", "unit", "status"),
        [
            (Role.INTAKE, "PD0200", 200), (Role.BUSINESS, "PD0200", 200), (Role.CREW, "PD0400", 403),
            (Role.DESK_CLERK, "PD0400", 403), (Role.ADMIN, "PD0400", 200), (Role.ADMIN, "PD0200", 404),
            (Role.DIRECTOR, "PD0200", 404),
        ],
    )  # fmt: skip
    def test_is_for_who_serves_them_and_for_who_sees_their_requests(self, send, role, unit, status):
        view = send()
        page = people.browser(people.add_staff("xa", role, unit=unit))

        assert page.get(f"/ban-viec/khach-hang/{view.customer_id}/").status_code == status

    def test_masks_for_who_does_not_serve(self, send):
        view = send()
        customer = customer_queries.get_customer(view.customer_id)
        page = people.browser(people.add_staff("qt", Role.ADMIN, unit="PD0400"))

        shown = page.get(address(customer)).content.decode()

        assert customer.full_name in shown
        assert "0901 234 567" not in shown
        assert customer.phone not in shown
        assert "/viec/" not in shown

    def test_of_a_merged_one_leads_to_who_stands_for_them(self, business_page, hoa, make):
        other = make(full_name="Bùi Hoa")
        business = Actor.staff("x", "X", ["BUSINESS"])
        customer_ops.merge_customers(
            from_id=other.id, into_id=hoa.id, reason="Trùng", actor=business, at=clock.now()
        )

        assert business_page.get(address(other)).headers["Location"] == address(hoa)
        shown = business_page.get(address(hoa)).content.decode()
        assert str(other.id) in shown
        assert str(hoa.id) in shown

    def test_pages_through_requests(self, intake_page, send):
        views = [send(at=clock.now() - timedelta(hours=n)) for n in range(12)]

        first = intake_page.get(f"/ban-viec/khach-hang/{views[0].customer_id}/").content.decode()
        second = intake_page.get(f"/ban-viec/khach-hang/{views[0].customer_id}/?trang=2").content.decode()

        assert views[9].number in first
        assert views[10].number not in first
        assert views[10].number in second

    def test_is_linked_from_search_request_and_conversation(self, intake_page, send):
        view = send()
        talk = messaging_ops.open_conversation(
            channel="SMS", address="+84901234567", at=clock.now(), customer_id=view.customer_id, unit_code=view.unit_code
        )  # fmt: skip
        link = f"/ban-viec/khach-hang/{view.customer_id}/"

        for path in (
            "/ban-viec/tim/?q=nguyen+thi+hoa",
            f"/ban-viec/yeu-cau/{view.number}/",
            f"/ban-viec/hoi-thoai/{talk.id}/",
        ):
            assert link in intake_page.get(path).content.decode(), path


class TestProving:
    def test_by_staff_with_a_reason_and_taking_it_away(self, intake_page, hoa):
        refused = do(intake_page, hoa, "noi-kenh", channel="ZALO", address="z1", reason="")
        assert refused.status_code == 422

        do(intake_page, hoa, "noi-kenh", channel="ZALO", address="z1", reason="Xem CCCD tại quầy")

        row = Handle.objects.get(channel="ZALO")
        shown = intake_page.get(address(hoa)).content.decode()
        assert (row.customer_id, row.proof) == (hoa.id, "STAFF")
        assert "Xem CCCD tại quầy" in shown
        do(intake_page, hoa, "go-kenh", handle=row.id, reason="Khách đổi máy")
        assert not Handle.objects.filter(channel="ZALO").exists()

    def test_by_a_code_to_the_phone_on_the_contract(self, intake_page, make, hoa):
        make(full_name="Chồng Hoa", id_number="")  # the same phone
        intake = company_queries.list_staff_by_username(["lan"])[0]
        talk = messaging_ops.open_conversation(
            channel="ZALO", address="z9", at=clock.now(), unit_code="PD0400"
        )
        messaging_ops.take_over(conversation_id=talk.id, actor=actor_of(intake), at=clock.now())

        asked = do(intake_page, hoa, "gui-ma")
        code = OutboxMessage.objects.get(template="proof.code").params["code"]
        proof = re.search(r'name="proof" value="([0-9a-f-]+)"', asked.content.decode())[1]
        wrong = do(
            intake_page,
            hoa,
            "nhap-ma",
            proof=proof,
            code="000000" if code != "000000" else "111111",
            talk=talk.id,
        )
        assert wrong.status_code == 422
        assert proof in wrong.content.decode()
        done = do(intake_page, hoa, "nhap-ma", proof=proof, code=code, talk=talk.id)

        assert done.status_code == 200
        proven = {(row.channel, row.customer_id, row.proof) for row in Handle.objects.all()}
        assert proven == {("SMS", hoa.id, "CODE"), ("ZALO", hoa.id, "CODE")}
        assert messaging_queries.get_conversation(talk.id).customer_id == hoa.id

    def test_a_code_to_another_phone_proves_nothing_here(self, intake_page, make, hoa):
        other = make(full_name="Ai Khác", phone="0987654321", id_number="")
        started = customer_ops.start_proof(
            phone=other.phone, purpose="DESK", actor=Actor.system("t"), at=clock.now()
        )

        answer = do(intake_page, hoa, "nhap-ma", proof=started.id, code=started.code_to_send)

        assert answer.status_code == 409
        assert not Handle.objects.filter(customer_id=hoa.id).exists()


class TestRecord:
    def test_is_corrected_and_the_old_kept(self, intake_page, hoa):
        do(intake_page, hoa, "sua", full_name="Nguyễn Thị Hoà", phone="0901 234 567", id_number="", email="", reason="Sai dấu",
           contact_address="Số 5 Lê Lợi", kind="PERSON")  # fmt: skip

        now = customer_queries.get_customer(hoa.id)
        assert (now.full_name, now.id_number, now.email) == ("Nguyễn Thị Hoà", hoa.id_number, "")
        assert {row.field for row in customer_queries.list_changes(hoa.id)} == {"full_name", "email"}
        shown = intake_page.get(address(hoa)).content.decode()
        assert "Sai dấu" in shown

    def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(self, intake_page, hoa):
        answer = do(intake_page, hoa, "sua", full_name="Hoa Mới", phone="12", kind="PERSON", reason="x")

        shown = answer.content.decode()
        assert answer.status_code == 422
        assert "Số điện thoại chưa đúng" in shown
        assert 'value="Hoa Mới"' in shown

    def test_consent_with_its_wording_and_its_end(self, intake_page, hoa):
        do(intake_page, hoa, "dong-y", purpose="NEWS", channel="SMS", wording="Cứ nhắn cho tôi.")
        row = customer_queries.list_consents(hoa.id).get()
        assert "Cứ nhắn cho tôi." in intake_page.get(address(hoa)).content.decode()

        do(intake_page, hoa, "rut-dong-y", consent=row.id)

        assert not customer_queries.has_consent(customer_id=hoa.id, purpose="NEWS", channel="SMS")


class TestMerging:
    def test_suggests_and_merges_only_when_told_in_the_direction_shown(
        self, business_page, intake_page, hoa, make
    ):
        other = make(
            full_name="Nguyễn Thị Hòa", phone="0911111111", id_number="", contact_address="số 5 Lê Lợi"
        )
        card = business_page.get(address(hoa)).content.decode()
        assert "tên gần giống" in card
        assert "cùng địa chỉ" in card
        page = business_page.get(address(hoa, f"gop/{other.id}/")).content.decode()
        assert "không dùng nữa" in page
        assert customer_queries.get_customer(other.id).status == "ACTIVE"

        assert business_page.post(address(hoa, f"gop/{other.id}/"), {"reason": ""}).status_code == 422
        assert intake_page.post(address(hoa, f"gop/{other.id}/"), {"reason": "x"}).status_code == 403
        business_page.post(address(hoa, f"gop/{other.id}/"), {"reason": "Khách xác nhận"})

        merge = customer_queries.list_merges(hoa.id).get()
        assert (merge.loser_id, merge.winner_id) == (other.id, hoa.id)
        do(business_page, hoa, "tach", merge=merge.id, reason="Nhầm")
        assert customer_queries.get_customer(other.id).status == "ACTIVE"

    def test_a_like_name_alone_suggests_nothing(self, business_page, hoa, make):
        make(full_name="Nguyễn Thị Hòa", phone="0911111111", id_number="", contact_address="Huế")

        assert "Không thấy ai giống" in business_page.get(address(hoa)).content.decode()


class TestData:
    def test_is_asked_for_listed_with_age_and_handed_out(self, business_page, intake_page, hoa):
        do(intake_page, hoa, "xin-du-lieu", wish="EXPORT")
        listed = business_page.get("/ban-viec/du-lieu-ca-nhan/").content.decode()
        assert "Nguyễn Thị Hoa" in listed
        assert "0 ngày 0 giờ" in listed
        assert intake_page.get("/ban-viec/du-lieu-ca-nhan/").status_code == 403
        assert intake_page.post(address(hoa, "ban-sao/")).status_code == 403

        answer = business_page.post(address(hoa, "ban-sao/"))

        told = json.loads(zipfile.ZipFile(io.BytesIO(answer.content)).read("du-lieu.json"))
        assert told["customers"]["records"][0]["full_name"] == "Nguyễn Thị Hoa"
        assert DataRequest.objects.get().state == "DONE"
        assert "Nguyễn Thị Hoa" not in business_page.get("/ban-viec/du-lieu-ca-nhan/").content.decode()
        assert "Nguyễn Thị Hoa" in business_page.get("/ban-viec/du-lieu-ca-nhan/?xem=xong").content.decode()

    def test_is_erased_by_a_supervisor_who_says_why_and_is_sure(self, supervisor_page, business_page, hoa):
        assert do(business_page, hoa, "xoa", reason="x", sure="true").status_code == 403
        assert do(supervisor_page, hoa, "xoa", reason="Khách xin").status_code == 422
        assert do(supervisor_page, hoa, "xoa", reason="", sure="true").status_code == 422

        done = do(supervisor_page, hoa, "xoa", reason="Khách xin", sure="true")

        assert customer_queries.get_customer(hoa.id).status == "ERASED"
        assert "Nguyễn Thị Hoa" not in done.content.decode()

    def test_is_kept_while_somebody_is_served(self, supervisor_page, send):
        view = send()
        customer = customer_queries.get_customer(view.customer_id)

        answer = do(supervisor_page, customer, "xoa", reason="Khách xin", sure="true")

        assert answer.status_code == 409
        assert "còn yêu cầu đang làm" in answer.content.decode()

    def test_a_no_is_read_by_the_customer(self, supervisor_page, hoa):
        do(supervisor_page, hoa, "xin-du-lieu", wish="ERASE")
        row = DataRequest.objects.get()

        do(supervisor_page, hoa, "tu-choi-du-lieu", asked=row.id, reason="Còn hợp đồng")

        row.refresh_from_db()
        assert (row.state, row.answer) == ("REFUSED", "Còn hợp đồng")


@pytest.fixture
def account(company, make):
    """An account code held by somebody else."""
    holder = make(full_name="Bùi Văn Chủ", phone="0933333333", id_number="")
    supply_ops.add_stock_meters(serials=["18123456"], unit_code="PD0400", actor=SYSTEM, at=clock.now())
    place = supply_ops.create_place(
        text="Số 12 ngõ 5 Trần Phú",
        house="12",
        street="ngõ 5 Trần Phú",
        province_code="01",
        actor=SYSTEM,
        at=clock.now(),
    )
    return supply_ops.connect_supply(
        request_id=None, customer_id=holder.id, place_id=place.id, unit_code="PD0400", meter_serial="18123456",
        first_reading="3", seals=["S-1"], phases=1, quota=1, contract_number="26/0001", energised_at=clock.now(),
        actor=Actor.system("crew"), at=clock.now(), key="energise-1",
    ).account_code  # fmt: skip


class TestParts:
    def test_are_given_shown_on_both_cards_and_ended(self, intake_page, hoa, account):
        do(intake_page, hoa, "vai-tro", account_code=account, role="PAYER", reason="Giấy ủy quyền số 3")
        again = do(intake_page, hoa, "vai-tro", account_code=account, role="PAYER", reason="x")
        assert again.status_code == 422

        part = supply_queries.list_parts([hoa.id])[0]
        holder = supply_queries.get_contract(account).customer_id
        card = intake_page.get(address(hoa)).content.decode()
        theirs = intake_page.get(f"/ban-viec/khach-hang/{holder}/").content.decode()
        assert "Đứng tên hợp đồng: <a" in card
        assert "Trả tiền điện: <b>Nguyễn Thị Hoa" in card
        assert "Trả tiền điện: <a" in theirs
        do(intake_page, hoa, "thoi-vai-tro", part=part.id)
        assert supply_queries.list_parts([hoa.id])[0].ended_at is not None

    def test_are_given_at_the_own_units_accounts_alone(self, hoa, account):
        there = people.browser(people.add_staff("xa", Role.BUSINESS, unit="PD0200"))

        assert do(there, hoa, "vai-tro", account_code=account, role="USER", reason="x").status_code == 409
        assert supply_queries.list_parts([hoa.id]) == []

    def test_end_on_a_day_that_is_one(self, intake_page, hoa, account):
        typed = {"account_code": account, "role": "USER", "reason": "x"}

        assert do(intake_page, hoa, "vai-tro", valid_to="31/02/2027", **typed).status_code == 422
        do(intake_page, hoa, "vai-tro", valid_to="28/02/2099", **typed)
        assert supply_queries.list_parts([hoa.id])[0].valid_to.year == 2099

    def test_of_an_unknown_account_are_not_given(self, intake_page, hoa):
        answer = do(intake_page, hoa, "vai-tro", account_code="PD99999999999", role="PAYER", reason="x")

        assert answer.status_code in {404, 409}
        assert supply_queries.list_parts([hoa.id]) == []
