"""Banks that collect: let in, their keys, limits, cut-offs and day files, and the rules they take bills by."""

from __future__ import annotations

from motcua.companies.models import AuditEntry
from motcua.payments import partner_queries
from tests.web.shown import key_in, text_of

BANKS = "/quan-tri/ngan-hang/"
NEW_BANK = {"code": "NHA", "name": "Ngân hàng A", "bank": "NHA"}


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
