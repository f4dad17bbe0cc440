"""The administration of who is connected: portals, where people sign in, banks; and of who goes with a crew."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from motcua.companies.models import AuditEntry
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.connectors.identity import directories, oidc, providers
from motcua.connectors.models import IdentityProvider, Portal, PortalCallback, StaffDirectory
from motcua.connectors.portals import partners
from motcua.fieldwork import operations as fieldwork_ops
from motcua.fieldwork import queries as fieldwork_queries
from motcua.kernel.actors import Actor
from motcua.kernel.ids import new_id
from motcua.payments import partner_queries
from motcua.sandbox import staff_issuer, staff_ldap
from tests.web import people

SYSTEM = Actor.system("test")
PORTALS, DOORS, DIRECTORIES, BANKS = (
    "/quan-tri/cong/", "/quan-tri/noi-xac-thuc/", "/quan-tri/noi-dang-nhap/", "/quan-tri/ngan-hang/"
)  # fmt: skip
NEW_PORTAL = {
    "code": "DVC-HN", "name": "Cổng Hà Nội", "format": "PROVINCIAL", "agency": "H26",
    "callback_url": "https://cong.example.vn/nhan", "procedures": "1.008801 = new-lv-res\n\n1.008802=INFO",
}  # fmt: skip
NEW_BANK = {"code": "NHA", "name": "Ngân hàng A", "bank": "NHA"}


@pytest.fixture
def admin(company):
    return people.add_staff("anh", Role.ADMIN)


@pytest.fixture
def page(admin):
    return people.browser(admin)


@pytest.fixture
def portal(page):
    page.post(f"{PORTALS}them/", NEW_PORTAL)
    return f"{PORTALS}DVC-HN/"


def text_of(response) -> str:
    return response.content.decode()


def key_in(text: str) -> str:
    return re.search(r'data-copy="([A-Za-z0-9_-]{43})"', text)[1]


def callback(state: str, seq: int, age: timedelta) -> PortalCallback:
    at = clock.now() - age
    return PortalCallback.objects.create(
        id=new_id(at), portal_id="DVC-HN", request_id=new_id(at), dossier_number=f"H26-261116-000{seq}", seq=seq,
        name="request.accepted", status=4, state=state, next_at=at, created_at=at, attempts=3,
        delivered_at=at if state == "DELIVERED" else None, reason="HTTP_422" if state == "DEAD" else "",
    )  # fmt: skip


class TestAdministrationPage:
    def test_names_what_one_may_administer(self, page, company):
        whole = text_of(page.get("/quan-tri/"))
        local = text_of(people.browser(people.add_staff("xa", Role.ADMIN, unit="PD0100")).get("/quan-tri/"))

        for address in (PORTALS, DIRECTORIES, BANKS, "/quan-tri/ngay/", "/quan-tri/nhat-ky/"):
            assert f'href="{address}"' in whole
            assert f'href="{address}"' not in local
        assert 'href="/quan-tri/to-cong-tac/"' in local


class TestPortals:
    def test_none_yet_says_what_to_do(self, page):
        told = text_of(page.get(PORTALS))

        assert "Chưa có cổng nào" in told
        assert "Chưa có nơi nào" in told

    def test_is_added_with_a_key_shown_once(self, page, admin):
        made = text_of(page.post(f"{PORTALS}them/", NEW_PORTAL))

        assert partners.get_secret("DVC-HN") == key_in(made)
        assert partners.get_secret("DVC-HN") not in text_of(page.get(f"{PORTALS}DVC-HN/"))
        assert Portal.objects.get().procedures == {"1.008801": "NEW-LV-RES", "1.008802": "INFO"}
        entry = AuditEntry.objects.get(verb="portal.added")
        assert (entry.actor, entry.facts) == (f"staff:{admin.id}", {"portal": "DVC-HN"})
        assert "Cổng Hà Nội" in text_of(page.get(PORTALS))

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"code": "dvc hn"}, "code"),
            ({"agency": "26"}, "agency"),
            ({"format": "NONE"}, "format"),
            ({"callback_url": "http://cong.example.vn/nhan"}, "callback_url"),
            ({"procedures": "1.008801"}, "procedures"),
            ({"procedures": "1.008801 = NOT-ONE"}, "procedures"),
        ],
    )
    def test_what_is_wrong_stands_beside_its_field(self, page, changes, field):
        refused = page.post(f"{PORTALS}them/", NEW_PORTAL | changes)

        assert refused.status_code == 422
        assert f'href="#id_{field}"' in text_of(refused)
        assert not Portal.objects.exists()

    def test_a_code_in_use_is_refused_and_keeps_its_key(self, page, portal):
        before = partners.get_secret("DVC-HN")

        again = page.post(f"{PORTALS}them/", NEW_PORTAL)

        assert again.status_code == 422
        assert 'href="#id_code"' in text_of(again)
        assert partners.get_secret("DVC-HN") == before

    def test_another_address_and_other_procedures(self, page, portal):
        moved = page.post(portal, {"callback_url": "https://moi.example.vn/nghe", "procedures": "9 = INFO"})

        row = Portal.objects.get()
        assert moved.status_code == 302
        assert (row.callback_url, row.procedures) == ("https://moi.example.vn/nghe", {"9": "INFO"})
        assert AuditEntry.objects.get(verb="portal.changed").facts == {
            "portal": "DVC-HN", "changed": ["callback_url", "procedures"],
        }  # fmt: skip
        assert page.post(portal, {"callback_url": "http://xa.vn/", "procedures": ""}).status_code == 422

    def test_a_new_key_ends_the_old_one_and_is_shown_once(self, page, portal):
        before = partners.get_secret("DVC-HN")

        unsure = page.post(f"{portal}viec/", {"viec": "khoa-moi"})
        assert (unsure.status_code, partners.get_secret("DVC-HN")) == (422, before)
        shown = key_in(text_of(page.post(f"{portal}viec/", {"viec": "khoa-moi", "dong-y": "1"})))

        assert partners.get_secret("DVC-HN") == shown != before
        assert shown not in text_of(page.get(portal))
        assert shown not in str(list(AuditEntry.objects.values_list("facts")))

    def test_is_switched_off_and_on(self, page, portal):
        page.post(f"{portal}viec/", {"viec": "tat"})
        off = text_of(page.get(portal))
        page.post(f"{portal}viec/", {"viec": "bat"})

        assert "Kết nối đã tắt" in off
        assert Portal.objects.get().is_active

    def test_what_it_was_told_and_could_not_be_told(self, page, portal):
        empty = text_of(page.get(portal))
        callback("DELIVERED", 1, timedelta(days=3))
        dead = callback("DEAD", 2, timedelta(hours=5))
        callback("PENDING", 3, timedelta(minutes=7))

        told = text_of(page.get(portal))

        assert "Chưa báo lần nào" in empty
        for words in ("3 ngày trước", "5 giờ trước", "7 phút trước", "HTTP_422", "Đang xử lý"):
            assert words in told
        again = page.post(f"/quan-tri/bao-cong/{dead.id}/", {"cong": "DVC-HN"})
        dead.refresh_from_db()
        assert (again.headers["Location"], dead.state, dead.attempts) == (portal, "PENDING", 0)
        assert "Không có: cổng đã nghe mọi điều" in text_of(page.get(portal))

    def test_only_one_portal_stands_on_its_page(self, page, portal):
        page.post(f"{PORTALS}them/", NEW_PORTAL | {"code": "DVCQG", "agency": "G09"})
        callback("DEAD", 1, timedelta(hours=1))

        assert "H26-261116-0001" not in text_of(page.get(f"{PORTALS}DVCQG/"))
        assert page.get(f"{PORTALS}KHONG/").status_code == 404


@pytest.fixture
def issuer():
    oidc.forget()
    with staff_issuer.running() as server:
        yield server


def door(server, **changes):
    return {
        "code": "DVCQG", "name": "Cổng quốc gia", "issuer": server.issuer, "client_id": staff_issuer.CLIENT_ID,
        "secret": staff_issuer.CLIENT_SECRET, "scope": "openid profile phone", **changes,
    }  # fmt: skip


class TestProviders:
    def test_is_added_tried_and_switched(self, page, issuer):
        made = page.post(f"{DOORS}them/", door(issuer))
        here = made.headers["Location"]

        tried = text_of(page.post(f"{here}viec/", {"viec": "thu"}, follow=True))
        page.post(f"{here}viec/", {"viec": "tat"})

        assert "Kết nối được" in tried
        assert staff_issuer.CLIENT_SECRET not in text_of(page.get(here))
        assert not IdentityProvider.objects.get().is_active
        verbs = AuditEntry.objects.filter(subject_type="provider").values_list("verb", flat=True)
        assert sorted(verbs) == ["provider.added", "provider.suspended"]

    def test_a_wrong_secret_is_said(self, page, issuer):
        here = page.post(f"{DOORS}them/", door(issuer, secret="khac")).headers["Location"]

        tried = page.post(f"{here}viec/", {"viec": "thu"})

        assert tried.status_code == 422
        assert "không nhận tên ứng dụng hoặc khóa bí mật" in text_of(tried)

    def test_a_new_address_wants_the_secret_again(self, page, issuer):
        here = page.post(f"{DOORS}them/", door(issuer)).headers["Location"]
        given = door(issuer, secret="", issuer="https://noi-khac.example.vn")

        refused = page.post(here, given)
        renamed = page.post(here, door(issuer, secret="", name="Tên mới"))

        assert (refused.status_code, renamed.status_code) == (422, 302)
        assert 'href="#id_secret"' in text_of(refused)
        setup = providers.find_setup("DVCQG")
        assert (setup.issuer, setup.name) == (issuer.issuer, "Tên mới")
        assert AuditEntry.objects.get(verb="provider.changed").facts == {"changed": ["name"]}

    def test_a_code_in_use_is_refused(self, page, issuer):
        page.post(f"{DOORS}them/", door(issuer))

        again = page.post(f"{DOORS}them/", door(issuer, client_id="khac"))

        assert again.status_code == 422
        assert 'href="#id_code"' in text_of(again)


def ldap_form(server, **changes):
    return {
        "code": "AD", "name": "Máy chủ nhân sự", "address": server.address, "client_id": staff_ldap.SERVICE_DN,
        "secret": staff_ldap.SERVICE_PASSWORD, "base": staff_ldap.BASE, "recheck_minutes": "10", **changes,
    }  # fmt: skip


@pytest.fixture
def ldap_server():
    with staff_ldap.running() as server:
        yield server


class TestDirectories:
    def test_none_yet(self, page):
        assert "Chưa có nơi nào" in text_of(page.get(DIRECTORIES))
        assert page.get("/quan-tri/them-noi-dang-nhap/khac/").status_code == 404

    def test_ldap_is_added_off_tried_and_switched_on(self, page, ldap_server):
        here = page.post("/quan-tri/them-noi-dang-nhap/ldap/", ldap_form(ldap_server)).headers["Location"]
        assert not StaffDirectory.objects.get().is_active

        nobody = text_of(page.post(f"{here}viec/", {"viec": "thu"}, follow=True))
        ldap_server.put("anh", "mat-khau")
        found = text_of(page.post(f"{here}viec/", {"viec": "thu"}, follow=True))
        page.post(f"{here}viec/", {"viec": "bat"})

        assert "không có ai ở đó mang tên" in nobody
        assert "tìm thấy tài khoản của anh/chị" in found
        assert StaffDirectory.objects.get().is_active
        assert staff_ldap.SERVICE_PASSWORD not in text_of(page.get(here))
        assert "Máy chủ nhân sự" in text_of(page.get(DIRECTORIES))

    def test_nobody_switches_off_their_own_way_in(self, page, admin, ldap_server):
        here = page.post("/quan-tri/them-noi-dang-nhap/ldap/", ldap_form(ldap_server)).headers["Location"]
        page.post(f"{here}viec/", {"viec": "bat"})
        ldap_server.put("anh", "mat-khau")
        own = people.browser()
        own.post("/nhan-vien/dang-nhap/", {"login": "anh", "password": "mat-khau"})
        another = people.browser(people.add_staff("khac", Role.ADMIN))

        refused = own.post(f"{here}viec/", {"viec": "tat"})
        shown = text_of(another.get(here))
        another.post(f"{here}viec/", {"viec": "tat"})

        assert refused.status_code == 422
        assert "đăng nhập qua chính nơi này" in text_of(refused)
        assert "1 nhân viên đăng nhập qua đây" in shown
        assert not StaffDirectory.objects.get().is_active

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"secret": "sai"}, "không nhận tên ứng dụng hoặc khóa bí mật"),
            ({"address": "ldap://127.0.0.1:1"}, "không trả lời"),
            ({"address": "ldaps://khong-co-may-nay.invalid"}, "Không có máy chủ nào tên"),
        ],
    )
    def test_what_is_wrong_with_ldap_is_said(self, page, ldap_server, changes, words):
        here = page.post("/quan-tri/them-noi-dang-nhap/ldap/", ldap_form(ldap_server, **changes)).headers[
            "Location"
        ]

        tried = page.post(f"{here}viec/", {"viec": "thu"})

        assert tried.status_code == 422
        assert words in text_of(tried)

    def test_what_does_not_speak_ldap_is_said(self, page, ldap_server):
        here = page.post("/quan-tri/them-noi-dang-nhap/ldap/", ldap_form(ldap_server)).headers["Location"]
        ldap_server.garbage = True

        assert "không như một nơi đăng nhập" in text_of(page.post(f"{here}viec/", {"viec": "thu"}))

    def test_an_issuer_is_added_and_tried(self, page, issuer):
        given = {
            "code": "sso", "name": "Tài khoản EVN", "address": issuer.issuer, "client_id": staff_issuer.CLIENT_ID,
            "secret": staff_issuer.CLIENT_SECRET, "recheck_minutes": "10",
        }  # fmt: skip
        here = page.post("/quan-tri/them-noi-dang-nhap/oidc/", given).headers["Location"]

        assert "Kết nối được" in text_of(page.post(f"{here}viec/", {"viec": "thu"}, follow=True))
        assert "/nhan-vien/dang-nhap/tro-ve/" in text_of(page.get(here))
        page.post(here, given | {"address": issuer.issuer + "/khac"})
        assert f"tự xưng là {issuer.issuer}." in text_of(page.post(f"{here}viec/", {"viec": "thu"}))
        issuer.is_down = True
        assert "không trả lời" in text_of(page.post(f"{here}viec/", {"viec": "thu"}))

    def test_a_new_address_wants_the_secret_again_and_options_are_kept(self, page, ldap_server):
        here = page.post(
            "/quan-tri/them-noi-dang-nhap/ldap/",
            ldap_form(ldap_server, disabled="userAccountControl", disabled_bit="2"),
        ).headers["Location"]

        refused = page.post(here, ldap_form(ldap_server, secret="", address="ldaps://noi-khac.vn"))
        shown = text_of(page.get(here))
        page.post(here, ldap_form(ldap_server, secret="", recheck_minutes="30"))

        assert refused.status_code == 422
        assert 'href="#id_secret"' in text_of(refused)
        assert 'value="userAccountControl"' in shown
        setup = directories.find_directory("AD")
        assert (setup.recheck_minutes, setup.options) == (30, {"base": staff_ldap.BASE})

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"address": "http://may-chu"}, "address"),
            ({"address": "ldap://may-chu:so"}, "address"),
            ({"base": ""}, "base"),
            ({"secret": ""}, "secret"),
            ({"recheck_minutes": "90"}, "recheck_minutes"),
            ({"code": "a b"}, "code"),
        ],
    )
    def test_refused_fields(self, page, ldap_server, changes, field):
        refused = page.post("/quan-tri/them-noi-dang-nhap/ldap/", ldap_form(ldap_server, **changes))

        assert refused.status_code == 422
        assert f'href="#id_{field}"' in text_of(refused)
        assert not StaffDirectory.objects.exists()


class TestBanks:
    def test_none_yet(self, page):
        assert "Chưa có ngân hàng nào" in text_of(page.get(BANKS))

    def test_is_added_switched_and_given_another_key(self, page):
        first = key_in(text_of(page.post(f"{BANKS}them/", NEW_BANK)))
        assert partner_queries.get_partner_secret("NHA") == first

        page.post(f"{BANKS}NHA/viec/", {"viec": "tat"})
        off = text_of(page.get(f"{BANKS}NHA/"))
        unsure = page.post(f"{BANKS}NHA/viec/", {"viec": "khoa-moi"})
        second = key_in(text_of(page.post(f"{BANKS}NHA/viec/", {"viec": "khoa-moi", "dong-y": "1"})))

        assert "Kết nối đã tắt" in off
        assert first not in off
        assert unsure.status_code == 422
        assert partner_queries.get_partner_secret("NHA") == second != first
        assert not partner_queries.find_partner("NHA").is_active
        verbs = (
            AuditEntry.objects.filter(subject_type="partner").order_by("id").values_list("verb", flat=True)
        )
        assert list(verbs) == [
            "partner.key-added", "partner.added", "partner.suspended", "partner.key-added", "partner.secret-changed",
        ]  # fmt: skip

    def test_the_banks_of_the_list_are_let_in_by_one_press(self, page):
        listed = text_of(page.get(BANKS))
        assert listed.count('name="bank" value="') == 23
        assert "1589/NHNN-TT" in listed
        assert key_in(
            text_of(page.post(f"{BANKS}them/", {"code": "VCB", "name": "Vietcombank", "bank": "VCB"}))
        )
        after = text_of(page.get(BANKS))
        assert after.count('name="bank" value="') == 22
        assert f'href="{BANKS}VCB/"' in after

    def test_a_second_key_beside_the_first_and_the_end_of_one(self, page):
        first = key_in(text_of(page.post(f"{BANKS}them/", NEW_BANK)))
        second = key_in(
            text_of(page.post(f"{BANKS}NHA/viec/", {"viec": "them-khoa", "khoa-is_sandbox": "on"}))
        )
        third = page.post(f"{BANKS}NHA/viec/", {"viec": "them-khoa"})
        newest, oldest = partner_queries.list_keys("NHA")

        assert first != second
        assert (newest.is_sandbox, newest.needs_nonce, oldest.is_sandbox) == (True, True, False)
        assert third.status_code == 422
        assert page.post(f"{BANKS}NHA/viec/", {"viec": "het-khoa", "khoa": oldest.id}).status_code == 302
        assert page.post(f"{BANKS}NHA/viec/", {"viec": "het-khoa", "khoa": oldest.id}).status_code == 422
        assert page.post(f"{BANKS}NHA/viec/", {"viec": "het-khoa", "khoa": "x"}).status_code == 404

    def test_a_public_key_shows_ours(self, page):
        page.post(f"{BANKS}them/", NEW_BANK)
        public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        wrong = page.post(f"{BANKS}NHA/viec/", {"viec": "them-khoa", "khoa-public_key": "xyz"})
        assert 'href="#id_khoa-public_key"' in text_of(wrong)
        assert (
            page.post(f"{BANKS}NHA/viec/", {"viec": "them-khoa", "khoa-public_key": public}).status_code
            == 302
        )
        key = partner_queries.list_keys("NHA")[0]
        assert (key.kind, key.public_key) == ("ED25519", public)
        assert key.our_public_key in text_of(page.get(f"{BANKS}NHA/"))

    def test_limit_cut_off_and_rules_are_set(self, page):
        page.post(f"{BANKS}them/", NEW_BANK)
        page.post(f"{BANKS}NHA/viec/", {"viec": "gioi-han", "muc-calls_per_minute": "120"})
        cut_off = {"viec": "gio-chot", "chot-valid_from": "2040-01-01", "chot-ends_at": "16:30"}
        page.post(f"{BANKS}NHA/viec/", cut_off)
        past = page.post(f"{BANKS}NHA/viec/", {**cut_off, "chot-valid_from": "2020-01-01"})
        rules = {
            "valid_from": "2040-01-01",
            "order": "OLDEST_RAISED",
            "part_payment": "on",
            "hold_seconds": "60",
            "source": "QĐ 1",
        }
        assert page.post("/quan-tri/thu-ho/", rules).status_code == 302
        assert page.post("/quan-tri/thu-ho/", {**rules, "valid_from": "2020-01-01"}).status_code == 422

        assert partner_queries.find_partner("NHA").calls_per_minute == 120
        assert [one.ends_at.isoformat() for one in partner_queries.list_cut_offs("NHA")] == ["16:30:00"]
        assert 'href="#id_chot-valid_from"' in text_of(past)
        newest = partner_queries.list_policies()[0]
        assert (newest.order, newest.part_payment, newest.hold_seconds) == ("OLDEST_RAISED", True, 60)
        assert "QĐ 1" in text_of(page.get(BANKS))

    def test_a_days_file(self, page):
        page.post(f"{BANKS}them/", NEW_BANK)
        file = page.get(f"{BANKS}NHA/ngay/2026-11-16/")
        assert file["Content-Disposition"].endswith('filename="MOTCUA_HANOI_NHA_20261116.csv"')
        assert file.content.startswith(b"line,txn_id,")
        assert page.get(f"{BANKS}NHA/ngay/x/").status_code == 404

    def test_a_code_in_use_and_what_is_wrong_stand_beside_their_fields(self, page):
        page.post(f"{BANKS}them/", NEW_BANK)

        again = page.post(f"{BANKS}them/", NEW_BANK)
        wrong = page.post(f"{BANKS}them/", NEW_BANK | {"code": "NHB", "bank": "a b"})

        assert (again.status_code, wrong.status_code) == (422, 422)
        assert 'href="#id_code"' in text_of(again)
        assert 'href="#id_bank"' in text_of(wrong)


class TestCrews:
    @pytest.fixture
    def fitters(self, company):
        return [people.add_staff(name, Role.CREW, unit="PD0400") for name in ("an", "binh", "cuong", "dung")]

    @pytest.fixture
    def supervisor(self, fitters):
        fieldwork_ops.add_crew(
            code="T1", name="Tổ 1", unit_code="PD0400", member_ids=[fitters[1].id, fitters[0].id], actor=SYSTEM,
            at=clock.now(),
        )  # fmt: skip
        return people.browser(people.add_staff("giam-sat", Role.SUPERVISOR, unit="PD0400"))

    def members(self) -> list[str]:
        return [member.name for member in fieldwork_queries.list_crews(["PD0400"])[0].members]

    def test_a_supervisor_says_who_goes(self, supervisor, fitters):
        assert "Binh, An" in text_of(supervisor.get("/quan-tri/to-cong-tac/"))

        saved = supervisor.post(
            "/quan-tri/to-cong-tac/T1/", {"members": [str(fitters[i].id) for i in (0, 1, 2)]}
        )

        assert saved.status_code == 302
        assert self.members() == ["Binh", "An", "Cuong"]
        assert AuditEntry.objects.filter(verb="crew.members-set").count() == 1
        assert 'href="/quan-tri/to-cong-tac/"' in text_of(supervisor.get("/ban-viec/lich-hen/"))

    def test_one_is_too_few_and_another_crews_is_taken(self, supervisor, fitters):
        fieldwork_ops.add_crew(
            code="T2", name="Tổ 2", unit_code="PD0400", member_ids=[fitters[2].id, fitters[3].id], actor=SYSTEM,
            at=clock.now(),
        )  # fmt: skip
        crew = "/quan-tri/to-cong-tac/T1/"

        few = supervisor.post(crew, {"members": [str(fitters[0].id)]})
        none = supervisor.post(crew, {})
        taken = supervisor.post(crew, {"members": [str(fitters[0].id), str(fitters[2].id)]})

        assert [answer.status_code for answer in (few, none, taken)] == [422, 422, 422]
        assert "đang ở Tổ 2" in text_of(supervisor.get(crew))
        assert 'href="#id_members' in text_of(taken)
        assert self.members() == ["Binh", "An"]

    def test_another_unit_has_no_such_crew(self, supervisor):
        elsewhere = people.browser(people.add_staff("xa", Role.SUPERVISOR, unit="PD0200"))

        assert elsewhere.get("/quan-tri/to-cong-tac/T1/").status_code == 404
        assert "Chưa có tổ công tác nào" in text_of(elsewhere.get("/quan-tri/to-cong-tac/"))

    def test_somebody_who_is_not_there_is_no_member(self, supervisor, fitters):
        with pytest.raises(fieldwork_ops.CrewTooSmall):
            fieldwork_ops.set_crew_members(
                code="T1", member_ids=[fitters[0].id, new_id(clock.now())], actor=SYSTEM, at=clock.now()
            )
        assert self.members() == ["Binh", "An"]
