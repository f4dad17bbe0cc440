"""Signing in, the second factor, the lock-out, leaving."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

from motcua.companies import operations as company_ops
from motcua.companies.models import AuditEntry
from motcua.companies.roles import Role
from motcua.kernel.actors import Actor
from tests.web.people import PASSWORD, add_staff, browser

pytestmark = pytest.mark.usefixtures("company")
LOGIN = "/nhan-vien/dang-nhap/"


def code_now(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


class TestSignIn:
    def test_shows_the_page_in_vietnamese(self):
        page = browser().get(LOGIN)

        assert page.status_code == 200
        assert "Đăng nhập nhân viên" in page.content.decode()

    @pytest.mark.parametrize(
        ("role", "where"),
        [
            (Role.INTAKE, "/ban-viec/"),
            (Role.BUSINESS, "/ban-viec/"),
            (Role.SUPERVISOR, "/ban-viec/"),
            (Role.DESK_CLERK, "/quay/"),
            (Role.ADMIN, "/quan-tri/"),
            (Role.DIRECTOR, "/bang/"),
        ],
    )
    def test_sends_each_to_their_work(self, role, where):
        add_staff("lan", role)
        client = browser()

        client.post(LOGIN, {"login": "lan", "password": PASSWORD})

        assert client.get("/nhan-vien/").headers["Location"] == where

    def test_comes_back_to_the_page_that_was_asked_for(self):
        add_staff("lan", Role.INTAKE)
        client = browser()
        asked = client.get("/ban-viec/lich-hen/?ngay=2026-11-17")

        page = client.post(
            asked.headers["Location"],
            {"login": "lan", "password": PASSWORD, "next": "/ban-viec/lich-hen/?ngay=2026-11-17"},
        )

        assert asked.headers["Location"].startswith(LOGIN)
        assert page.headers["Location"] == "/ban-viec/lich-hen/?ngay=2026-11-17"

    def test_never_leads_to_another_site(self):
        add_staff("lan", Role.INTAKE)

        page = browser().post(LOGIN, {"login": "lan", "password": PASSWORD, "next": "https://evil.example/"})

        assert page.headers["Location"] == "/nhan-vien/"

    def test_says_in_vietnamese_that_the_password_is_wrong_and_keeps_the_name(self):
        add_staff("lan", Role.INTAKE)

        page = browser().post(LOGIN, {"login": "lan", "password": "sai"})

        text = page.content.decode()
        assert "Tên đăng nhập hoặc mật khẩu chưa đúng." in text
        assert 'value="lan"' in text

    def test_somebody_without_a_role_is_told_so(self):
        assert "chưa được giao chức danh" in browser(add_staff("lan")).get("/nhan-vien/").content.decode()

    def test_is_audited_with_leaving(self):
        person = add_staff("lan", Role.INTAKE)
        client = browser()

        client.post(LOGIN, {"login": "lan", "password": PASSWORD})
        client.post("/nhan-vien/dang-xuat/")

        verbs = AuditEntry.objects.filter(
            subject_id=str(person.id), verb__startswith="staff.signed"
        ).order_by("id")
        assert list(verbs.values_list("verb", flat=True)) == ["staff.signed_in", "staff.signed_out"]
        assert client.get("/ban-viec/").status_code == 302


class TestLockOut:
    def test_locks_a_name_after_six_wrong_passwords_and_says_how_long(self):
        add_staff("lan", Role.INTAKE)
        client = browser()

        pages = [client.post(LOGIN, {"login": "lan", "password": f"sai-{n}"}) for n in range(6)]
        right = client.post(LOGIN, {"login": "lan", "password": PASSWORD})

        assert pages[-1].status_code == 429
        assert right.status_code == 429
        assert "15 phút" in right.content.decode()

    def test_leaves_colleagues_behind_the_same_address_alone(self):
        add_staff("lan", Role.INTAKE)
        add_staff("minh", Role.INTAKE)
        client = browser()
        for n in range(7):
            client.post(LOGIN, {"login": "lan", "password": f"sai-{n}"})

        page = client.post(LOGIN, {"login": "minh", "password": PASSWORD})

        assert page.status_code == 302


class TestLeaver:
    def test_an_open_session_ends_with_the_next_page(self):
        person = add_staff("lan", Role.INTAKE)
        client = browser(person)
        before = client.get("/ban-viec/").status_code

        company_ops.staff_deactivate(staff_id=person.id, actor=Actor.system("test"), at=person.created_at)

        assert before == 200
        assert client.get("/ban-viec/").headers["Location"].startswith(LOGIN)

    def test_cannot_sign_in(self):
        person = add_staff("lan", Role.INTAKE)
        company_ops.staff_deactivate(staff_id=person.id, actor=Actor.system("test"), at=person.created_at)
        client = browser()

        client.post(LOGIN, {"login": "lan", "password": PASSWORD})

        assert client.get("/ban-viec/").status_code == 302


class TestSecondFactor:
    def activate(self, client) -> tuple[str, str]:
        page = client.get("/nhan-vien/bao-mat/cai-dat/").content.decode()
        secret = re.search(r'data-copy="([A-Z2-7]+)"', page)[1]
        done = client.post("/nhan-vien/bao-mat/cai-dat/", {"code": code_now(secret)}, follow=True)
        return secret, done.content.decode()

    def signed_in(self, **more):
        person = add_staff("thao", Role.SUPERVISOR, **more)
        client = browser()
        client.post(LOGIN, {"login": "thao", "password": PASSWORD})
        return person, client

    @pytest.mark.parametrize("path", ["/ban-viec/", "/nhan-vien/", "/quay/", "/nhan-vien/bao-mat/", "/bang/"])
    def test_who_must_have_one_is_sent_to_set_it_up_before_anything_else(self, path):
        _person, client = self.signed_in(must_use_totp=True)

        page = client.get(path)

        assert page.headers["Location"] == "/nhan-vien/bao-mat/cai-dat/"

    def test_after_setting_up_the_work_is_open_and_recovery_codes_are_shown(self):
        _person, client = self.signed_in(must_use_totp=True)

        _secret, page = self.activate(client)

        assert "Mã dự phòng" in page
        assert len(re.findall(r"<code>\d{8}</code>", page)) == 10
        assert client.get("/ban-viec/").status_code == 200

    def test_the_secret_is_sealed_in_the_database(self):
        person, client = self.signed_in()

        secret, _page = self.activate(client)

        stored = Authenticator.objects.get(user_id=person.id, type="totp").data["secret"]
        assert secret not in stored

    def test_the_next_sign_in_asks_for_the_code(self):
        _person, client = self.signed_in()
        secret, _page = self.activate(client)
        other = browser()

        asked = other.post(LOGIN, {"login": "thao", "password": PASSWORD})
        before = other.get("/ban-viec/").status_code
        wrong = other.post("/nhan-vien/dang-nhap/ma-xac-thuc/", {"code": "000000"})
        right = other.post("/nhan-vien/dang-nhap/ma-xac-thuc/", {"code": code_now(secret)})

        assert asked.headers["Location"] == "/nhan-vien/dang-nhap/ma-xac-thuc/"
        assert before == 302
        assert "Mã chưa đúng" in wrong.content.decode()
        assert (right.status_code, other.get("/ban-viec/").status_code) == (302, 200)

    def test_a_recovery_code_works_once(self):
        _person, client = self.signed_in()
        _secret, page = self.activate(client)
        code = re.search(r"<code>(\d{8})</code>", page)[1]

        def enter() -> int:
            other = browser()
            other.post(LOGIN, {"login": "thao", "password": PASSWORD})
            other.post("/nhan-vien/dang-nhap/ma-xac-thuc/", {"code": code})
            return other.get("/ban-viec/").status_code

        assert (enter(), enter()) == (200, 302)

    def test_who_must_have_one_cannot_take_it_off(self):
        person, client = self.signed_in(must_use_totp=True)
        self.activate(client)

        client.post("/nhan-vien/bao-mat/go-bo/")

        assert Authenticator.objects.filter(user_id=person.id, type="totp").exists()

    def test_changing_the_password_works_in_our_look(self):
        _person, client = self.signed_in()

        page = client.get("/nhan-vien/mat-khau/")
        done = client.post(
            "/nhan-vien/mat-khau/",
            {"oldpassword": PASSWORD, "password1": "mua-xuan-den-roi-9", "password2": "mua-xuan-den-roi-9"},
        )

        assert "Mật khẩu hiện tại" in page.content.decode()
        assert done.status_code == 302
        assert browser().post(LOGIN, {"login": "thao", "password": "mua-xuan-den-roi-9"}).status_code == 302


class TestGivenPassword:
    """A password that an administrator set opens one page only: the one that changes it."""

    GIVEN, OWN = "abcd-efgh-jkmn-pqrs", "con-meo-den-tren-mai-nha"
    CHANGE = "/nhan-vien/mat-khau/"

    @pytest.fixture
    def newcomer(self):
        made = add_staff("mai", Role.INTAKE)
        company_ops.staff_set_password(
            staff_id=made.id, password=self.GIVEN, actor=Actor.system("test"), at=made.created_at
        )
        client = browser()
        client.post(LOGIN, {"login": "mai", "password": self.GIVEN})
        return client

    def change(self, client, new):
        return client.post(self.CHANGE, {"oldpassword": self.GIVEN, "password1": new, "password2": new})

    def test_leads_to_the_page_that_changes_it_from_everywhere(self, newcomer):
        for address in ("/nhan-vien/", "/ban-viec/", "/quay/", "/ban-viec/hoi-thoai/"):
            assert newcomer.get(address).headers["Location"] == self.CHANGE

        assert "do quản trị viên cấp" in newcomer.get(self.CHANGE).content.decode()

    def test_once_changed_the_work_is_open_and_it_is_audited(self, newcomer):
        assert self.change(newcomer, self.OWN).status_code == 302

        assert newcomer.get("/ban-viec/").status_code == 200
        assert AuditEntry.objects.filter(verb="staff.password_chosen").count() == 1
        again = browser()
        again.post(LOGIN, {"login": "mai", "password": self.OWN})
        assert again.get("/ban-viec/").status_code == 200

    def test_the_same_again_is_no_change(self, newcomer):
        page = self.change(newcomer, self.GIVEN)

        assert page.status_code == 200
        assert "khác mật khẩu được cấp" in page.content.decode()
        assert newcomer.get("/ban-viec/").headers["Location"] == self.CHANGE

    def test_customers_pages_stay_open(self, newcomer):
        assert newcomer.get("/").status_code == 200

    def test_the_second_factor_comes_after_it(self):
        made = add_staff("mai", Role.INTAKE, must_use_totp=True, must_change_password=True)
        client = browser(made)

        assert client.get("/ban-viec/").headers["Location"] == self.CHANGE
        client.post(self.CHANGE, {"oldpassword": PASSWORD, "password1": self.OWN, "password2": self.OWN})
        assert client.get("/ban-viec/").headers["Location"] == "/nhan-vien/bao-mat/cai-dat/"

    def test_the_people_of_the_demonstration_are_not_asked(self):
        from motcua.companies.models import Unit, UnitKind
        from motcua.config import clock
        from motcua.ops import seed

        centre = Unit.objects.get(kind=UnitKind.CENTRE)
        person = seed.add_person(next(p for p in seed.PEOPLE if p.role is Role.INTAKE), centre, clock.now())

        assert not person.must_change_password
        assert browser(person).get("/ban-viec/").status_code == 200
