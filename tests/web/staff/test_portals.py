"""Portals on the page of administration: added, moved, switched, given a new key, told what they missed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from motcua.companies.models import AuditEntry
from motcua.config import clock
from motcua.connectors.models import Portal, PortalCallback
from motcua.connectors.portals import partners
from motcua.kernel.ids import new_id
from tests.web.shown import key_in, text_of

PORTALS = "/quan-tri/cong/"
NEW_PORTAL = {
    "code": "DVC-HN", "name": "Cổng Hà Nội", "format": "PROVINCIAL", "agency": "H26",
    "callback_url": "https://cong.example.vn/nhan", "procedures": "1.008801 = new-lv-res\n\n1.008802=INFO",
}  # fmt: skip


@pytest.fixture
def portal(page):
    page.post(f"{PORTALS}them/", NEW_PORTAL)
    return f"{PORTALS}DVC-HN/"


def callback(state: str, seq: int, age: timedelta) -> PortalCallback:
    at = clock.now() - age
    return PortalCallback.objects.create(
        id=new_id(at), portal_id="DVC-HN", request_id=new_id(at), dossier_number=f"H26-261116-000{seq}", seq=seq,
        name="request.accepted", status=4, state=state, next_at=at, created_at=at, attempts=3,
        delivered_at=at if state == "DELIVERED" else None, reason="HTTP_422" if state == "DEAD" else "",
    )  # fmt: skip


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
