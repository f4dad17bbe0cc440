"""The page of the company's text messages: settings, secrets that stay hidden, the test of a line."""

import pytest

from motcua.channels import accounts
from motcua.channels.models import ChannelAccount
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.sandbox import smpp
from tests.channels.smpp_house import lines_company, lines_database, smpp_house  # noqa: F401 - fixtures
from tests.web import people

PAGE, ACTS = "/quan-tri/kenh/sms/", "/quan-tri/kenh/sms/viec/"
BOTH = {
    "sender_name": "EVNHANOI", "advertising_name": "EVNHN-QC", "number": "8055", "port": "2775", "security": "PLAIN", "bind": "PAIR",
    "long_messages": "SAR", "receipt_ids": "AS_IT_IS", "window": "5", "per_second": "10", "keywords": "on", "answers_per_day": "3",
    "other_words": "HOW",
}  # fmt: skip
LINE = {**BOTH, "way": "SMPP", "host": "smsc.nhamang.example", "system_id": "evnhn", "password": "bimat12"}
HTTP = {
    **BOTH,
    "way": "HTTP",
    "base_url": "https://rest.sms.example",
    "api_key": "khoa-1",
    "secret_key": "khoa-2",
    "hook_secret": "khoa-3",
}


@pytest.fixture
def admin(company):
    accounts.forget()
    yield people.browser(people.add_staff("quan-tri", Role.ADMIN))
    accounts.forget()


class TestSettings:
    def test_line_is_set_up_and_its_password_never_shown(self, admin):
        assert admin.post(PAGE, LINE).status_code == 302
        page = admin.get(PAGE).content.decode()
        assert "smsc.nhamang.example" in page and "bimat12" not in page
        row = ChannelAccount.objects.get(channel="SMS")
        assert "bimat12" not in row.sealed_keys + str(row.settings)
        account = accounts.find_account("SMS")
        assert account.keys == {"password": "bimat12"}
        assert (account.settings["way"], account.settings["bind"], account.settings["answers_per_day"]) == (
            "SMPP",
            "PAIR",
            3,
        )

    def test_aggregator_is_set_up_with_what_signs_its_calls(self, admin):
        assert admin.post(PAGE, HTTP).status_code == 302
        account = accounts.find_account("SMS")
        assert (account.base_url, account.keys["secret_key"]) == ("https://rest.sms.example", "khoa-2")
        assert not any(key in admin.get(PAGE).content.decode() for key in ("khoa-1", "khoa-2", "khoa-3"))

    def test_an_empty_secret_keeps_the_one_in_use_but_goes_nowhere_else(self, admin):
        admin.post(PAGE, LINE)
        assert admin.post(PAGE, {**LINE, "password": "", "window": "7"}).status_code == 302
        assert accounts.find_account("SMS").keys["password"] == "bimat12"
        refused = admin.post(PAGE, {**LINE, "password": "", "host": "khac.example"})
        assert refused.status_code == 422 and "cần khóa của nó" in refused.content.decode()
        assert admin.post(PAGE, {**HTTP, "api_key": "", "secret_key": ""}).status_code == 422

    @pytest.mark.parametrize(
        ("name", "value"),
        [("sender_name", "EV"), ("sender_name", "12345"), ("sender_name", "Điện lực"), ("advertising_name", "!"), ("host", ""), ("host", "a/b"),
         ("system_id", ""), ("password", ""), ("password", "quadaidai"), ("number", "abc"), ("window", "0"), ("answers_per_day", "-1"),
         ("bind", "OTHER")],
    )  # fmt: skip
    def test_says_what_is_wrong_next_to_it(self, admin, name, value):
        answer = admin.post(PAGE, {**LINE, name: value})
        assert answer.status_code == 422 and "aria-invalid" in answer.content.decode()
        assert not ChannelAccount.objects.filter(channel="SMS").exists()

    def test_is_switched_off_and_on(self, admin):
        admin.post(PAGE, LINE)
        admin.post(ACTS, {"viec": "tat"})
        assert accounts.find_account("SMS") is None
        assert "đã tắt" in admin.get(PAGE).content.decode()
        admin.post(ACTS, {"viec": "bat"})
        assert accounts.find_account("SMS").keys["password"] == "bimat12"

    def test_list_of_channels_has_its_line(self, admin):
        assert PAGE in admin.get("/quan-tri/kenh/").content.decode()

    def test_demonstration_may_take_the_line_of_the_stand_in_and_leave_it(self, admin):
        assert "Dùng tổng đài SMPP thử" in admin.get(PAGE).content.decode()
        admin.post(ACTS, {"viec": "smpp-thu"})
        account = accounts.find_account("SMS")
        assert account.keys["password"] == smpp.password_of("HANOI")
        assert (account.settings["system_id"], account.settings["number"]) == ("HANOI", smpp.NUMBER)
        admin.post(ACTS, {"viec": "http-thu"})
        assert accounts.find_account("SMS").is_stand_in

    @pytest.mark.parametrize("act", ["", "thu", "bat", "http-thu", "khac"])
    def test_acts_that_do_not_fit_are_not_there(self, admin, act):
        assert admin.post(ACTS, {"viec": act}).status_code == 404


class TestTrial:
    def test_binds_and_says_good_bye_or_tells_why_not(self, smpp_house):  # noqa: F811
        admin = people.browser(people.add_staff(f"quan-tri-{clock.now().timestamp()}", Role.ADMIN))
        told = {**LINE, "host": "127.0.0.1", "port": str(smpp_house.server.port), "system_id": "HANOI"}
        admin.post(PAGE, {**told, "password": smpp.password_of("HANOI")})
        good = admin.post(ACTS, {"viec": "thu"}, follow=True).content.decode()
        assert "Nối được với tổng đài." in good and smpp_house.server.bound == 1
        smpp_house.plan("BIND_REFUSED")
        bad = admin.post(ACTS, {"viec": "thu"})
        assert bad.status_code == 422 and "sai mật khẩu" in bad.content.decode()
        assert smpp_house.words() == []
