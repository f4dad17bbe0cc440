"""Where staff sign in: directories and issuers added, tried and switched on; what is wrong with them is said."""

from __future__ import annotations

import pytest

from motcua.companies.roles import Role
from motcua.connectors.identity import directories
from motcua.connectors.models import StaffDirectory
from motcua.sandbox import staff_issuer, staff_ldap
from tests.web import people
from tests.web.shown import text_of

DIRECTORIES = "/quan-tri/noi-dang-nhap/"


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
