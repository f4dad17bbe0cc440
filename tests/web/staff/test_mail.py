"""The page of the company's mailbox: settings, the password that stays hidden, the test of a connection."""

import pytest

from motcua.channels import accounts
from motcua.channels.mail import setup
from motcua.channels.models import ChannelAccount
from motcua.companies.roles import Role
from tests.channels.mail_house import mail_house  # noqa: F401 - a fixture
from tests.web import people

PAGE = "/quan-tri/kenh/thu/"
GIVEN = {
    "mailbox": "CSKH@dienluc.example.vn", "sender_name": "Điện lực", "username": "", "password": "bi-mat-123",
    "imap_host": "imap.dienluc.example.vn", "imap_port": "993", "imap_security": "tls", "smtp_host": "smtp.dienluc.example.vn",
    "smtp_port": "587", "smtp_security": "starttls", "per_minute": "60", "plus": "on",
}  # fmt: skip


@pytest.fixture
def admin(company):
    yield people.browser(people.add_staff("quan-tri", Role.ADMIN))
    accounts.forget()


class TestMailbox:
    def test_is_set_up_and_its_password_never_shown(self, admin):
        assert admin.post(PAGE, GIVEN).status_code == 302
        page = admin.get(PAGE).content.decode()
        assert "imap.dienluc.example.vn" in page and "bi-mat-123" not in page
        row = ChannelAccount.objects.get(channel="EMAIL")
        assert "bi-mat-123" not in row.sealed_keys + str(row.settings)
        account = accounts.find_account("EMAIL")
        assert (account.keys["password"], account.settings["mailbox"]) == (
            "bi-mat-123",
            "cskh@dienluc.example.vn",
        )

    def test_an_empty_password_keeps_the_one_in_use_but_goes_to_no_other_server(self, admin):
        admin.post(PAGE, GIVEN)
        again = {**GIVEN, "password": "", "mailbox": "cskh@dienluc.example.vn"}
        assert admin.post(PAGE, {**again, "per_minute": "30"}).status_code == 302
        assert accounts.find_account("EMAIL").keys["password"] == "bi-mat-123"
        refused = admin.post(PAGE, {**again, "smtp_host": "smtp.khac.example"})
        assert refused.status_code == 422
        assert "cần mật khẩu" in refused.content.decode()

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("mailbox", "khong-phai"), ("mailbox", "a+b@c.vn"), ("imap_host", "a b"), ("smtp_host", "a/b"), ("imap_port", "0"),
            ("imap_security", "plain"), ("password", ""),
        ],
    )  # fmt: skip
    def test_says_what_is_wrong_next_to_it(self, admin, name, value):
        answer = admin.post(PAGE, {**GIVEN, name: value})
        assert answer.status_code == 422
        assert "aria-invalid" in answer.content.decode()
        assert not ChannelAccount.objects.filter(channel="EMAIL").exists()

    def test_may_be_tried_unencrypted_on_this_machine_alone(self, admin):
        near = dict.fromkeys(("imap_host", "smtp_host"), "127.0.0.1") | dict.fromkeys(
            ("imap_security", "smtp_security"), "plain"
        )
        assert admin.post(PAGE, {**GIVEN, **near, "smtp_host": "smtp.khac.example"}).status_code == 422
        assert admin.post(PAGE, {**GIVEN, **near}).status_code == 302
        assert accounts.find_account("EMAIL").is_stand_in

    def test_is_switched_off_and_on(self, admin):
        admin.post(PAGE, GIVEN)
        admin.post(f"{PAGE}viec/", {"viec": "tat"})
        assert accounts.find_account("EMAIL") is None
        assert "đã tắt" in admin.get("/quan-tri/kenh/").content.decode()
        admin.post(f"{PAGE}viec/", {"viec": "bat"})
        assert accounts.find_account("EMAIL").keys["password"] == "bi-mat-123"

    def test_is_tried_over_real_sockets(self, admin, mail_house, monkeypatch):  # noqa: F811
        assert "kết nối được" in admin.post(f"{PAGE}viec/", {"viec": "thu"}, follow=True).content.decode()
        monkeypatch.setattr(setup, "try_out", lambda account: setup.Tried("LOGIN_REFUSED", ""))
        answer = admin.post(f"{PAGE}viec/", {"viec": "thu"})
        assert answer.status_code == 422
        assert "Nhận thư: sai tên đăng nhập hoặc mật khẩu." in answer.content.decode()
