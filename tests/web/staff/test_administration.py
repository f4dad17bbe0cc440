"""The administration: staff, units, days, the audit, what could not be understood."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from motcua.companies import queries as company_queries
from motcua.companies.models import AuditEntry, Staff, StaffRole, Unit, UnitArea
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.messaging.models import InboxEvent, InboxState, OutboxMessage
from tests.web import people

LOGIN = "/nhan-vien/dang-nhap/"
NEW = {
    "name": "Lê Thị Mai",
    "username": "mai",
    "unit": "PD0100",
    "roles": ["INTAKE"],
    "phone": "",
    "email": "",
}


@pytest.fixture
def local_page(company):
    """An administrator of one local unit."""
    return people.browser(people.add_staff("dia-phuong", Role.ADMIN, unit="PD0100"))


def act(client, person, **data):
    return client.post(f"/quan-tri/nhan-vien/{person.id}/viec/", data)


class TestHome:
    def test_names_what_one_may_administer(self, page, local_page):
        whole = page.get("/quan-tri/").content.decode()
        local = local_page.get("/quan-tri/").content.decode()

        for address in ("cong", "noi-dang-nhap", "ngan-hang", "ngay", "nhat-ky"):
            assert f'href="/quan-tri/{address}/"' in whole
            assert f'href="/quan-tri/{address}/"' not in local
        assert 'href="/quan-tri/to-cong-tac/"' in local


class TestStaff:
    def test_is_added_with_a_first_password_shown_once(self, page, admin):
        made = page.post("/quan-tri/nhan-vien/them/", NEW).content.decode()
        password = re.search(r'data-copy="([a-z0-9-]{19})"', made)[1]

        mai = Staff.objects.get(username="mai")
        assert mai.check_password(password)
        assert mai.must_change_password
        assert password not in page.get(f"/quan-tri/nhan-vien/{mai.id}/").content.decode()
        assert people.browser().post(LOGIN, {"login": "mai", "password": password}).status_code == 302
        assert AuditEntry.objects.get(verb="staff.added", subject_id=str(mai.id)).actor == f"staff:{admin.id}"

    def test_a_username_in_use_is_refused_beside_its_field(self, page):
        page.post("/quan-tri/nhan-vien/them/", NEW)

        again = page.post("/quan-tri/nhan-vien/them/", NEW)

        assert again.status_code == 422
        assert 'href="#id_username"' in again.content.decode()
        assert "Lê Thị Mai" in again.content.decode()

    def test_roles_are_given_and_taken_at_units(self, page):
        mai = people.add_staff("mai", Role.INTAKE, unit="PD0100")

        act(page, mai, viec="cap-quyen", role="BUSINESS", unit="PD0200")
        act(page, mai, viec="bo-quyen", role="INTAKE", unit="PD0100")

        assert list(StaffRole.objects.filter(staff=mai).values_list("role", "unit_id")) == [
            ("BUSINESS", "PD0200")
        ]

    def test_a_leaver_is_locked_out_and_may_come_back(self, page):
        mai = people.add_staff("mai", Role.INTAKE)
        working = people.browser(mai)

        act(page, mai, viec="khoa")
        locked = working.get("/ban-viec/").status_code
        act(page, mai, viec="mo-khoa")

        assert locked == 302
        assert Staff.objects.get(id=mai.id).is_active

    def test_a_new_password_ends_open_sessions(self, page):
        mai = people.add_staff("mai", Role.INTAKE)
        working = people.browser(mai)

        shown = act(page, mai, viec="mat-khau").content.decode()

        assert re.search(r'data-copy="[a-z0-9-]{19}"', shown)
        assert working.get("/ban-viec/").status_code == 302

    def test_nobody_locks_themselves_out(self, page, admin):
        locked = act(page, admin, viec="khoa")
        dropped = act(page, admin, viec="bo-quyen", role="ADMIN", unit="PD0000")

        assert (locked.status_code, dropped.status_code) == (409, 409)
        assert page.get("/quan-tri/").status_code == 200

    def test_what_is_on_record_is_corrected_and_the_fields_audited(self, page):
        mai = people.add_staff("mai", Role.INTAKE)

        page.post(
            f"/quan-tri/nhan-vien/{mai.id}/", {"name": "Mai Mới", "unit": "PD0200", "must_use_totp": "true"}
        )

        found = Staff.objects.get(id=mai.id)
        assert (found.name, found.unit_id, found.must_use_totp) == ("Mai Mới", "PD0200", True)
        assert AuditEntry.objects.get(verb="staff.changed").facts == {
            "fields": ["name", "unit_id", "must_use_totp"]
        }


class TestLocalAdministrator:
    """Their reach ends at their unit; nobody's account of a wider reach can be taken over."""

    def test_sees_their_own_unit_alone(self, local_page):
        other = people.add_staff("mai", Role.INTAKE, unit="PD0200")

        assert str(other.id) not in local_page.get("/quan-tri/nhan-vien/").content.decode()
        assert local_page.get(f"/quan-tri/nhan-vien/{other.id}/").status_code == 404
        assert act(local_page, other, viec="khoa").status_code == 404

    def test_gives_no_role_elsewhere(self, local_page):
        mai = people.add_staff("mai", Role.INTAKE, unit="PD0100")

        refused = act(local_page, mai, viec="cap-quyen", role="ADMIN", unit="PD0000")

        assert refused.status_code == 409
        assert StaffRole.objects.filter(staff=mai).count() == 1

    @pytest.mark.parametrize("wanted", ["mat-khau", "ma-xac-thuc", "khoa"])
    def test_cannot_take_over_an_account_that_reaches_further(self, local_page, wanted):
        boss = people.add_staff("boss", unit="PD0100")
        StaffRole.objects.create(staff=boss, role=Role.ADMIN, unit_id="PD0000")
        before = boss.password

        refused = act(local_page, boss, viec=wanted)

        boss.refresh_from_db()
        assert refused.status_code == 409
        assert (boss.password, boss.is_active) == (before, True)

    @pytest.mark.parametrize(
        "path", ["/quan-tri/ngay/", "/quan-tri/nhat-ky/", "/quan-tri/su-kien/", "/quan-tri/don-vi/PD0200/"]
    )
    def test_the_companys_own_pages_are_not_theirs(self, local_page, path):
        assert local_page.get(path).status_code in {403, 404}


class TestUnitsAndDays:
    def test_a_unit_is_opened_corrected_and_ended(self, page):
        new = {
            "code": "pd9900",
            "name": "Điện lực Mới",
            "kind": "LOCAL",
            "parent": "PD0000",
            "valid_from": "2026-12-01",
        }

        wrong = page.post("/quan-tri/don-vi/them/", new)
        opened = page.post("/quan-tri/don-vi/them/", {**new, "code": "PD9900"})
        again = page.post("/quan-tri/don-vi/them/", {**new, "code": "PD9900"})
        page.post("/quan-tri/don-vi/PD9900/", {"name": "Điện lực Đổi tên", "valid_to": "2027-01-01"})

        [unit] = company_queries.list_units(["PD9900"])
        assert (wrong.status_code, opened.status_code, again.status_code) == (422, 302, 422)
        assert (unit.name, unit.valid_to) == ("Điện lực Đổi tên", date(2027, 1, 1))

    def test_a_day_of_the_company_changes_deadlines_from_now_on(self, page):
        storm = date(2026, 12, 1)
        assert company_queries.get_calendar().is_working_day(storm)

        page.post("/quan-tri/ngay/", {"date": "2026-12-01", "is_working": "0", "name": "Nghỉ bão số 5"})
        during = company_queries.get_calendar().is_working_day(storm)
        page.post("/quan-tri/ngay/2026-12-01/bo/")

        assert not during
        assert company_queries.get_calendar().is_working_day(storm)
        assert list(AuditEntry.objects.filter(subject_type="company_day").values_list("verb", flat=True)) == [
            "day.set",
            "day.forgotten",
        ]

    def test_the_national_days_stand_beside(self, page):
        text = page.get("/quan-tri/ngay/?nam=2026").content.decode()

        assert "22/08/2026" in text
        assert "Quốc khánh" in text

    @pytest.mark.parametrize("day", ["2026-13-01", "x"])
    def test_no_day_is_not_found(self, page, day):
        assert page.post(f"/quan-tri/ngay/{day}/bo/").status_code == 404


class TestAudit:
    def test_filters_by_person_kind_and_day(self, page):
        mai = people.add_staff("mai", Role.INTAKE)
        client = people.browser()
        client.post(LOGIN, {"login": "mai", "password": people.PASSWORD})
        today = clock.now().date()

        mine = page.get("/quan-tri/nhat-ky/", {"ai": f"staff:{mai.id}", "viec": "staff.signed_in"})
        none = page.get(
            "/quan-tri/nhat-ky/", {"ai": f"staff:{mai.id}", "den": (today - timedelta(days=5)).isoformat()}
        )

        assert [line["entry"].verb for line in mine.context["lines"]] == ["staff.signed_in"]
        assert none.context["lines"] == []

    def test_pages_by_key(self, page, monkeypatch):
        from motcua.web.staff import records

        monkeypatch.setattr(records, "PAGE", 2)
        for n in range(5):
            people.add_staff(f"p{n}", Role.INTAKE)

        seen, address = [], "/quan-tri/nhat-ky/?viec=staff.added"
        while address:
            shown = page.get(address)
            seen += [line["entry"].id for line in shown.context["lines"]]
            address = f"/quan-tri/nhat-ky/{shown.context['next']}" if shown.context["next"] else ""

        assert len(seen) == len(set(seen)) == AuditEntry.objects.filter(verb="staff.added").count()


class TestEvents:
    def test_a_parked_event_is_tried_again_or_given_up(self, page):
        at = clock.now()
        first, second = (
            InboxEvent.objects.create(
                channel="ZALO",
                event_id=f"e{n}",
                sender="u",
                payload={"text": "bí mật"},
                received_at=at,
                state=InboxState.PARKED,
                reason="ValueError",
            )  # fmt: skip
            for n in range(2)
        )

        shown = page.get("/quan-tri/su-kien/").content.decode()
        page.post(f"/quan-tri/su-kien/{first.id}/", {"viec": "lai"})
        page.post(f"/quan-tri/su-kien/{second.id}/", {"viec": "bo"})

        assert "ValueError" in shown
        assert "bí mật" not in shown
        assert list(InboxEvent.objects.order_by("id").values_list("state", flat=True)) == ["NEW", "DROPPED"]

    def test_a_message_given_up_is_sent_again(self, page):
        at = clock.now()
        import uuid

        message = OutboxMessage.objects.create(
            id=uuid.uuid4(), key="k", channel="SMS", address="+84901234567", kind="TRANSACTIONAL", state="FAILED",
            next_at=at, created_at=at,
        )  # fmt: skip

        shown = page.get("/quan-tri/su-kien/").content.decode()
        page.post(f"/quan-tri/tin-gui/{message.id}/")

        assert "+84901234567" not in shown
        assert OutboxMessage.objects.get(id=message.id).state == "QUEUED"


class TestAreas:
    """Which unit serves which district or commune, and since when."""

    URL = "/quan-tri/don-vi/PD0100/khu-vuc/"

    def add(self, client, **more):
        return client.post(
            self.URL,
            {"province": "01", "district": "", "commune": "Xã Bát Tràng", "valid_from": "2026-12-01", **more},
        )

    def test_what_the_unit_serves_is_listed(self, page):
        shown = page.get(self.URL).content.decode()

        assert "Khu vực phục vụ" in shown
        assert 'name="valid_to"' in shown
        assert self.URL in page.get("/quan-tri/don-vi/PD0100/").content.decode()

    def test_a_commune_is_added_and_requests_go_there_from_that_day_on(self, page, admin):
        def unit(day):
            return company_queries.find_unit(province_code="01", commune="xã Bát Tràng", on=day).code

        before = unit(date(2026, 12, 1))

        assert self.add(page).status_code == 302

        assert (unit(date(2026, 11, 30)), unit(date(2026, 12, 1))) == (before, "PD0100")
        audited = AuditEntry.objects.get(verb="area.added")
        assert (audited.actor, audited.facts["commune"]) == (f"staff:{admin.id}", "bat trang")

    def test_an_area_somebody_serves_is_refused_and_says_who(self, page):
        self.add(page)

        again = page.post(
            "/quan-tri/don-vi/PD0200/khu-vuc/",
            {"province": "01", "commune": "bát tràng", "valid_from": "2027-01-01"},
        )

        assert again.status_code == 422
        told = again.content.decode()
        assert Unit.objects.get(code="PD0100").name in told
        assert "01/12/2026" in told
        assert UnitArea.objects.filter(commune_key="bat trang").count() == 1

    def test_ended_on_a_day_another_unit_takes_it_from_there(self, page):
        self.add(page)
        area = UnitArea.objects.get(commune_key="bat trang")

        page.post(f"/quan-tri/khu-vuc/{area.id}/ket-thuc/", {"valid_to": "2027-01-01"})
        taken = page.post(
            "/quan-tri/don-vi/PD0200/khu-vuc/",
            {"province": "01", "commune": "bát tràng", "valid_from": "2027-01-01"},
        )

        assert taken.status_code == 302
        found = company_queries.find_unit(province_code="01", commune="Bát Tràng", on=date(2027, 1, 1))
        assert found.code == "PD0200"
        late = page.post(f"/quan-tri/khu-vuc/{area.id}/ket-thuc/", {"valid_to": "2027-06-01"}, follow=True)
        assert "đã do" in late.content.decode()
        area.refresh_from_db()
        assert area.valid_to == date(2027, 1, 1)

    @pytest.mark.parametrize(
        ("day", "said"), [("2026-11-30", "không được trước ngày bắt đầu"), ("mai", "chưa đúng")]
    )
    def test_a_wrong_day_is_refused(self, page, day, said):
        self.add(page)
        area = UnitArea.objects.get(commune_key="bat trang")

        page_after = page.post(f"/quan-tri/khu-vuc/{area.id}/ket-thuc/", {"valid_to": day}, follow=True)

        assert said in page_after.content.decode()
        area.refresh_from_db()
        assert area.valid_to is None

    def test_a_province_of_another_company_is_refused(self, page):
        assert self.add(page, province="79").status_code == 422
        assert self.add(page, valid_from="1990-01-01").status_code == 422

    def test_a_local_administrator_reaches_their_own_unit_alone(self, local_page, page):
        self.add(page)
        other = UnitArea.objects.filter(unit_id="PD0200").first()

        assert local_page.get(self.URL).status_code == 200
        assert local_page.get("/quan-tri/don-vi/PD0200/khu-vuc/").status_code == 404
        ended = local_page.post(f"/quan-tri/khu-vuc/{other.id}/ket-thuc/", {"valid_to": "2027-01-01"})
        assert ended.status_code == 404


class TestSignatory:
    def test_who_signs_for_a_unit_is_written_on_its_page(self, page):
        here = Unit.objects.get(code="PD0100")
        page.post(
            "/quan-tri/don-vi/PD0100/",
            {
                "name": here.name,
                "representative": "Lê Thị Ký",
                "representative_title": "Giám đốc",
                "authorisation_number": "12/GUQ",
                "authorisation_date": "2026-01-02",
            },
        )

        here.refresh_from_db()
        assert (here.representative, here.representative_title) == ("Lê Thị Ký", "Giám đốc")
        assert (here.authorisation_number, here.authorisation_date) == ("12/GUQ", date(2026, 1, 2))
        assert company_queries.find_signatory("PD0100") == here
