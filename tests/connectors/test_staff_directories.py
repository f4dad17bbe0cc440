"""Staff who sign in at their company's directory, over real sockets; who leaves there is out here within the hour."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache

from motcua.companies.models import AuditEntry
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.connectors.identity import ber, directories, oidc, staff
from motcua.connectors.identity.ldap import Directory, DirectoryFailed
from motcua.connectors.models import StaffIdentity, StaffSignIn
from motcua.kernel.actors import Actor
from motcua.sandbox import staff_issuer, staff_ldap
from tests.web import people

HOUR = timedelta(minutes=59)
OUR_PASSWORD = people.PASSWORD


@pytest.fixture(autouse=True)
def _fresh() -> None:
    cache.clear()
    oidc.forget()


@pytest.fixture
def minh(company):
    return people.add_staff("minh", Role.BUSINESS)


@pytest.fixture
def ldap_server(company):
    with staff_ldap.running() as server:
        server.put("minh", "mat-khau-cong-ty")
        directories.set_directory(
            code="AD", kind="LDAP", name="Máy chủ nhân sự", address=server.address, client_id=staff_ldap.SERVICE_DN,
            secret=staff_ldap.SERVICE_PASSWORD, options={"base": staff_ldap.BASE, "disabled": "nsAccountLock"},
            actor=Actor.system("test"), at=clock.now(),
        )  # fmt: skip
        yield server


@pytest.fixture
def issuer(company):
    with staff_issuer.running() as server:
        server.people["minh"] = "sub-1"
        directories.set_directory(
            code="sso", kind="OIDC", name="Tài khoản EVN", address=server.issuer, client_id=staff_issuer.CLIENT_ID,
            secret=staff_issuer.CLIENT_SECRET, options={}, actor=Actor.system("test"), at=clock.now(),
        )  # fmt: skip
        yield server


def sign_in(username: str, password: str):
    client = people.browser()
    client.post("/nhan-vien/dang-nhap/", {"login": username, "password": password})
    return client


def is_in(client) -> bool:
    return client.get("/ban-viec/").status_code == 200


def through(issuer, username: str, client=None, path: str = "/nhan-vien/dang-nhap/noi-khac/sso/"):
    client = client or people.browser()
    away = client.get(path).headers["Location"]
    parts = urlsplit(issuer.consent(away, username))
    return client, client.get(f"{parts.path}?{parts.query}")


class TestLdap:
    def test_a_password_of_the_directory_opens_the_account(self, ldap_server, minh):
        client = sign_in("Minh", "mat-khau-cong-ty")

        assert is_in(client)
        assert StaffIdentity.objects.get().subject == "uuid-minh"
        assert AuditEntry.objects.filter(verb="directory.linked").count() == 1

    def test_a_wrong_or_empty_one_does_not(self, ldap_server, minh):
        assert not is_in(sign_in("minh", "sai"))
        with Directory(ldap_server.address) as directory:
            assert directory.bind(f"uid=minh,{staff_ldap.BASE}", "") is False
        assert not StaffIdentity.objects.exists()

    def test_once_linked_no_password_of_ours_opens_it(self, ldap_server, minh):
        assert is_in(sign_in("minh", OUR_PASSWORD))
        sign_in("minh", "mat-khau-cong-ty")

        assert not is_in(sign_in("minh", OUR_PASSWORD))
        assert is_in(sign_in("minh", "mat-khau-cong-ty"))

    def test_somebody_without_an_account_here_stays_out(self, ldap_server, company):
        ldap_server.put("la", "mat-khau-cong-ty")

        assert not is_in(sign_in("la", "mat-khau-cong-ty"))

    def test_a_leaver_is_out_the_same_hour_with_open_sessions(self, ldap_server, minh):
        client = sign_in("minh", "mat-khau-cong-ty")
        assert is_in(client)
        del ldap_server.entries["minh"]

        staff.recheck_due(at=clock.now() + HOUR, limit=50)

        assert not is_in(client)
        minh.refresh_from_db()
        assert minh.is_active is False
        assert AuditEntry.objects.filter(verb="staff.deactivated", actor="system:directory").count() == 1
        assert staff.recheck_due(at=clock.now() + 2 * HOUR, limit=50) == 0

    def test_a_locked_entry_is_a_leaver_and_cannot_sign_in(self, ldap_server, minh):
        client = sign_in("minh", "mat-khau-cong-ty")
        ldap_server.entries["minh"].is_disabled = True

        staff.recheck_due(at=clock.now() + HOUR, limit=50)

        assert not is_in(client)
        assert not is_in(sign_in("minh", "mat-khau-cong-ty"))

    def test_a_name_given_to_somebody_else_does_not_open_the_old_account(self, ldap_server, minh):
        client = sign_in("minh", "mat-khau-cong-ty")
        ldap_server.put("minh", "mat-khau-moi", subject="uuid-another")

        assert not is_in(sign_in("minh", "mat-khau-moi"))
        staff.recheck_due(at=clock.now() + HOUR, limit=50)
        assert not is_in(client)

    def test_who_belongs_stays_in_and_is_not_asked_too_often(self, ldap_server, minh):
        client = sign_in("minh", "mat-khau-cong-ty")
        asked = len(ldap_server.binds)

        staff.recheck_due(at=clock.now() + timedelta(minutes=5), limit=50)
        assert len(ldap_server.binds) == asked
        staff.recheck_due(at=clock.now() + timedelta(minutes=11), limit=50)
        assert len(ldap_server.binds) == asked + 1
        assert is_in(client)

    def test_a_directory_that_talks_nonsense_or_is_gone_locks_nobody_out(self, ldap_server, minh):
        client = sign_in("minh", "mat-khau-cong-ty")
        ldap_server.garbage = True

        staff.recheck_due(at=clock.now() + HOUR, limit=50)

        assert is_in(client)
        assert not is_in(sign_in("minh", "mat-khau-cong-ty"))
        with pytest.raises(DirectoryFailed):
            Directory("ldap://127.0.0.1:1")

    def test_names_cannot_widen_the_search(self, ldap_server, minh):
        with Directory(ldap_server.address) as directory:
            assert directory.bind(staff_ldap.SERVICE_DN, staff_ldap.SERVICE_PASSWORD)
            for name in ("*", "minh)(uid=*", "m*"):
                assert directory.find(staff_ldap.BASE, [("uid", name)], ["uid"]) == []
            assert directory.find(staff_ldap.BASE, [("uid", "minh")], ["uid"])[0].first("UID") == "minh"

    def test_another_machine_is_never_spoken_to_in_the_clear(self, monkeypatch):
        from motcua.connectors.identity import ldap

        with staff_ldap.running() as server:
            monkeypatch.setattr(ldap, "LOCAL", frozenset())
            with pytest.raises(DirectoryFailed):
                Directory(server.address)
            assert server.binds == []


class TestIssuer:
    def test_leads_there_and_back_into_the_account(self, issuer, minh):
        page = people.browser().get("/nhan-vien/dang-nhap/")
        assert "Đăng nhập bằng Tài khoản EVN" in page.content.decode()

        client, back = through(
            issuer, "minh", path="/nhan-vien/dang-nhap/noi-khac/sso/?next=/ban-viec/gan-day/"
        )

        assert back.headers["Location"] == "/ban-viec/gan-day/"
        assert is_in(client)
        assert AuditEntry.objects.filter(verb="staff.signed_in").count() == 1

    def test_a_way_begun_in_another_browser_leads_nowhere(self, issuer, minh):
        away = people.browser().get("/nhan-vien/dang-nhap/noi-khac/sso/").headers["Location"]
        other = people.browser()
        other.get("/nhan-vien/dang-nhap/noi-khac/sso/")

        other.get("/nhan-vien/dang-nhap/tro-ve/" + "?" + issuer.consent(away, "minh").split("?")[1])

        assert not is_in(other)

    def test_a_way_leads_back_once(self, issuer, minh):
        client = people.browser()
        back = issuer.consent(client.get("/nhan-vien/dang-nhap/noi-khac/sso/").headers["Location"], "minh")
        query = back.split("?")[1]
        client.get(f"/nhan-vien/dang-nhap/tro-ve/?{query}")
        assert not StaffSignIn.objects.exists()

        again = people.browser()
        again.cookies = client.cookies.copy()
        again.cookies.pop("mc_staff", None)
        again.get(f"/nhan-vien/dang-nhap/tro-ve/?{query}")
        assert not is_in(again)

    def test_somebody_without_an_account_here_stays_out(self, issuer, company):
        issuer.people["la"] = "sub-9"

        client, _back = through(issuer, "la")

        assert not is_in(client)

    def test_the_second_factor_of_ours_is_still_asked(self, issuer, company):
        people.add_staff("minh", Role.BUSINESS, must_use_totp=True)

        client, _back = through(issuer, "minh")

        assert client.get("/ban-viec/").headers["Location"].endswith("/bao-mat/cai-dat/")

    def test_a_leaver_is_out_the_same_hour(self, issuer, minh):
        client, _back = through(issuer, "minh")
        staff.recheck_due(at=clock.now() + timedelta(minutes=11), limit=50)
        assert is_in(client)
        assert issuer.refreshed == 1
        del issuer.people["minh"]

        staff.recheck_due(at=clock.now() + HOUR, limit=50)

        assert not is_in(client)
        assert not is_in(through(issuer, "minh")[0])

    def test_an_issuer_that_gives_nothing_to_ask_again_with_is_asked_by_signing_in_anew(self, issuer, minh):
        issuer.gives_refresh = False
        client, _back = through(issuer, "minh")
        staff.recheck_due(at=clock.now() + timedelta(minutes=30), limit=50)
        assert is_in(client)

        staff.recheck_due(at=clock.now() + HOUR, limit=50)

        assert not is_in(client)
        assert is_in(through(issuer, "minh")[0])

    def test_an_issuer_that_is_down_locks_nobody_out(self, issuer, minh):
        client, _back = through(issuer, "minh")
        issuer.is_down = True

        staff.recheck_due(at=clock.now() + HOUR, limit=50)

        assert is_in(client)

    def test_a_directory_that_is_switched_off_ends_its_sessions(self, issuer, minh):
        from motcua.connectors.models import StaffDirectory

        client, _back = through(issuer, "minh")
        StaffDirectory.objects.update(is_active=False)

        staff.recheck_due(at=clock.now() + HOUR, limit=50)

        assert not is_in(client)


class TestBer:
    @pytest.mark.parametrize("value", [0, 1, 127, 128, 255, 256, -1, -128, -129, 2**31 - 1])
    def test_numbers_come_back(self, value):
        found = ber.read(ber.number(value))
        assert found is not None
        assert found[0].number() == value

    @pytest.mark.parametrize("size", [0, 127, 128, 255, 256, 70_000])
    def test_lengths_come_back_and_what_is_cut_short_waits(self, size):
        data = ber.write(ber.OCTETS, b"x" * size)
        found = ber.read(data)
        assert found is not None
        assert (len(found[0].content), found[1]) == (size, len(data))
        assert ber.read(data[:-1]) is None

    @pytest.mark.parametrize(
        "data", [b"\x1f\x01", b"\x30\x80\x00", b"\x30\x85\x01\x01\x01\x01\x01", b"\x30\x84\x7f\xff\xff\xff"]
    )
    def test_what_is_not_ours_is_refused(self, data):
        with pytest.raises(ber.Malformed):
            ber.read(data)
