"""My page: what is mine, who may act for me, what I want to be told."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from motcua.config import clock
from motcua.customers import operations as customer_ops
from motcua.customers import queries as customer_queries
from motcua.customers.models import Authority
from motcua.kernel.actors import Actor
from motcua.messaging import operations as messaging_ops
from motcua.messaging.models import OutboxMessage, PushSubscription
from motcua.requests.models import Draft, Entry, Request, RequestData
from tests.web.customer.conftest import NOON
from tests.web.people import HOME_ANSWERS

HOA, LAN = "0901234567", "0912345678"
SignedIn = Callable[..., Client]
Send = Callable[..., Request]


def text(client: Client, path: str = "/cua-toi/") -> str:
    return str(client.get(path).content.decode())


def let_act(hoa: Client, name: str = "Trần Thị Lan", **more: str) -> Authority:
    """Hoa lets Lan act for her."""
    told = {"name": name, "phone": LAN, "ground": "HOUSEHOLD_MEMBER", "scope": "ALL", "period": "365", **more}
    answer = hoa.post("/cua-toi/nguoi-lam-thay/", told)
    assert answer.status_code == 302, answer.content.decode()
    return Authority.objects.latest("granted_at", "id")


def act_for(client: Client, authority: Authority) -> None:
    client.post("/cua-toi/lam-thay/", {"who": str(authority.customer_id)})


class TestSigningIn:
    def test_is_by_a_code_to_the_phone(self, hanoi: Client, send: Send) -> None:
        request = send()
        assert "Gửi mã cho tôi" in text(hanoi)

        asked = hanoi.post("/cua-toi/gui-ma/", {"phone": "0901 234 567"}).content.decode()
        proof = re.search(r'name="proof" value="([^"]+)"', asked)
        sent = OutboxMessage.objects.filter(template="proof.code").latest("created_at")
        assert proof
        entered = hanoi.post("/cua-toi/nhap-ma/", {"proof": proof[1], "code": sent.params["code"]})

        assert entered["Location"] == "/cua-toi/"
        mine = text(hanoi)
        assert "Nguyễn Thị Hoa" in mine
        assert request.number in mine

    def test_a_wrong_code_is_said_and_the_field_takes_a_paste(self, hanoi: Client) -> None:
        asked = hanoi.post("/cua-toi/gui-ma/", {"phone": HOA}).content.decode()
        proof = re.search(r'name="proof" value="([^"]+)"', asked)
        assert proof

        answer = hanoi.post("/cua-toi/nhap-ma/", {"proof": proof[1], "code": "123 45"})

        assert answer.status_code == 422
        field = re.search(r"<input[^>]*one-time-code[^>]*>", answer.content.decode())
        assert field
        assert "maxlength" not in field[0]

    def test_two_presses_send_one_code_and_lead_to_its_field(self, hanoi: Client) -> None:
        pages = [hanoi.post("/cua-toi/gui-ma/", {"phone": HOA}) for _ in range(2)]

        first, second = (page.content.decode() for page in pages)
        code = OutboxMessage.objects.get(template="proof.code").params["code"]
        assert "Mã đó vẫn dùng được" not in first
        assert "Mã đó vẫn dùng được" in second
        proof = re.search(r'name="proof" value="([^"]+)"', second)
        assert proof
        entered = hanoi.post("/cua-toi/nhap-ma/", {"proof": proof[1], "code": code})
        assert entered["Location"] == "/cua-toi/"

    def test_a_browser_that_heard_no_answer_asks_again_with_its_form(self, hanoi: Client) -> None:
        """It keeps no cookie of ours yet, so only the form tells that it is the same one."""
        key = re.search(r'name="key" value="([^"]+)"', text(hanoi))
        assert key
        answers = []
        for _ in range(2):
            hanoi.cookies.clear()
            answers.append(hanoi.post("/cua-toi/gui-ma/", {"phone": HOA, "key": key[1]}).content.decode())

        proofs = [re.search(r'name="proof" value="([^"]+)"', answer) for answer in answers]
        assert proofs[0]
        assert proofs[1]
        assert proofs[0][1] == proofs[1][1]
        assert OutboxMessage.objects.filter(template="proof.code").count() == 1

    def test_the_right_code_pressed_twice_signs_in_once(self, hanoi: Client, send: Send) -> None:
        send()
        asked = hanoi.post("/cua-toi/gui-ma/", {"phone": HOA}).content.decode()
        proof = re.search(r'name="proof" value="([^"]+)"', asked)
        assert proof
        code = OutboxMessage.objects.filter(template="proof.code").latest("created_at").params["code"]
        told = {"proof": proof[1], "code": code, "phone": HOA}

        pressed = [hanoi.post("/cua-toi/nhap-ma/", told) for _ in range(2)]

        assert [answer.status_code for answer in pressed] == [302, 302]
        assert hanoi.post("/cua-toi/nhap-ma/", {**told, "phone": LAN}).status_code == 422

    def test_says_to_nobody_whether_a_number_is_known(self, hanoi: Client, send: Send) -> None:
        send()
        known = hanoi.post("/cua-toi/gui-ma/", {"phone": HOA}).content.decode()
        other = hanoi.post("/cua-toi/gui-ma/", {"phone": LAN}).content.decode()

        def bare(page: str) -> str:
            return re.sub(r'value="[^"]*"|gửi đến [^<]*', "", page)

        assert bare(known) == bare(other)

    def test_never_leads_to_another_site(self, hanoi: Client) -> None:
        for told in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
            assert 'name="ve" value="/cua-toi/"' in hanoi.get("/cua-toi/", {"ve": told}).content.decode()

    def test_two_who_share_a_number_say_who_they_are(self, hanoi: Client, send: Send) -> None:
        send()
        send(key="second", answers={**HOME_ANSWERS, "full_name": "Lê Văn Ba", "id_number": "001085012399"})
        asked = hanoi.post("/cua-toi/gui-ma/", {"phone": HOA}).content.decode()
        proof = re.search(r'name="proof" value="([^"]+)"', asked)
        assert proof
        code = OutboxMessage.objects.filter(template="proof.code").latest("created_at").params["code"]

        choice = hanoi.post("/cua-toi/nhap-ma/", {"proof": proof[1], "code": code}).content.decode()
        ba = re.search(r'value="([^"]+)">Lê Văn Ba', choice)
        assert ba
        hanoi.post("/cua-toi/toi-la/", {"proof": proof[1], "who": ba[1]})

        assert "Lê Văn Ba" in text(hanoi)

    def test_ends_in_this_browser(self, signed_in: SignedIn, send: Send) -> None:
        send()
        hoa = signed_in(HOA)

        hoa.post("/cua-toi/thoat/")

        assert "Gửi mã cho tôi" in text(hoa)


class TestPage:
    def test_shows_nothing_of_others(self, signed_in: SignedIn, send: Send) -> None:
        request = send()

        shown = text(signed_in(LAN))

        assert "chưa có yêu cầu hay hợp đồng nào" in shown
        assert request.number not in shown

    def test_costs_a_fixed_number_of_queries(
        self, signed_in: SignedIn, send: Send, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(6):
            send(
                key=f"many:{number}",
                answers={**HOME_ANSWERS, "place": {"text": f"Số {number} phố Huế, Hà Nội"}},
            )
        hoa = signed_in(HOA)
        text(hoa)

        with django_assert_max_num_queries(32):
            text(hoa)


class TestActingForAnother:
    def test_is_recorded_as_the_one_who_acts(self, signed_in: SignedIn, send: Send) -> None:
        request = send()
        authority = let_act(signed_in(HOA))
        lan = signed_in(LAN)
        assert "Nguyễn Thị Hoa" in text(lan)

        act_for(lan, authority)
        shown = text(lan)
        assert "Anh/chị đang làm thay Nguyễn Thị Hoa" in shown
        assert request.number in shown
        cancelled = lan.post(f"/theo-doi/{request.number}/huy/", {"reason": "Cháu nhờ"})

        assert cancelled.status_code == 302
        entry = Entry.objects.get(request_id=request.id, name="request.cancelled")
        assert entry.actor == f"customer:{authority.agent_id}"
        assert entry.actor != f"customer:{request.customer_id}"

    def test_a_form_is_for_the_other_and_names_who_sent_it(self, signed_in: SignedIn, send: Send) -> None:
        send()
        authority = let_act(signed_in(HOA), ground="VILLAGE_HEAD")
        lan = signed_in(LAN)
        act_for(lan, authority)

        begun = lan.post("/dich-vu/NEW-LV-RES/bat-dau/")
        draft = begun["Location"].split("/")[2]
        row = Draft.objects.get(id=draft)
        assert row.customer_id == authority.customer_id
        row.answers = {**HOME_ANSWERS, "place": {"text": "Số 7 phố Huế, Hà Nội"}}
        row.save()
        sent = lan.post(f"/phieu/{draft}/xem-lai/")

        assert sent.status_code == 302, sent.content.decode()[:3000]
        data = RequestData.objects.latest("request__submitted_at")
        assert data.request.customer_id == authority.customer_id
        assert data.request.submitted_by == f"customer:{authority.agent_id}"
        assert data.representative["name"] == "Trần Thị Lan"
        assert data.representative["ground"] == "VILLAGE_HEAD"
        assert data.representative["authority"] == str(authority.id)

    def test_ends_when_it_is_taken_back(self, signed_in: SignedIn, send: Send) -> None:
        request = send()
        hoa = signed_in(HOA)
        authority = let_act(hoa)
        lan = signed_in(LAN)
        act_for(lan, authority)

        hoa.post(f"/cua-toi/nguoi-lam-thay/{authority.id}/thoi/")

        assert request.number not in text(lan)
        assert "Nguyễn Thị Hoa" not in text(lan)
        assert "xin cho biết anh/chị là người gửi" in text(lan, f"/theo-doi/{request.number}/")

    def test_ends_when_its_time_is_over(
        self, signed_in: SignedIn, send: Send, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        request = send()
        authority = let_act(signed_in(HOA), period="90")
        lan = signed_in(LAN)
        act_for(lan, authority)
        for days, is_seen in ((20, True), (45, True), (70, True), (89, True), (90, False)):
            monkeypatch.setattr(clock, "now", lambda days=days: NOON + timedelta(days=days))
            assert (request.number in text(lan)) is is_seen

    def test_who_may_only_look_changes_nothing(self, signed_in: SignedIn, send: Send) -> None:
        request = send()
        authority = let_act(signed_in(HOA), scope="VIEW")
        lan = signed_in(LAN)

        act_for(lan, authority)
        assert "Anh/chị đang làm thay" not in text(lan)
        seen = text(lan, f"/theo-doi/{request.number}/")
        lan.post(f"/theo-doi/{request.number}/huy/", {"reason": "x"})

        assert request.number in seen
        assert "/huy/" not in seen
        assert not Entry.objects.filter(request_id=request.id, name="request.cancelled").exists()

    def test_a_stranger_cannot_take_it(self, signed_in: SignedIn, send: Send) -> None:
        send()
        authority = let_act(signed_in(HOA))
        stranger = signed_in("0987654321")

        for who in (authority.customer_id, authority.agent_id, UUID(int=0)):
            stranger.post("/cua-toi/lam-thay/", {"who": str(who)})
        stranger.post(f"/cua-toi/nguoi-lam-thay/{authority.id}/thoi/")

        assert "Nguyễn Thị Hoa" not in text(stranger)
        assert Authority.objects.get(id=authority.id).revoked_at is None

    def test_who_acts_gives_no_authority_on(self, signed_in: SignedIn, send: Send) -> None:
        send()
        authority = let_act(signed_in(HOA))
        lan = signed_in(LAN)
        act_for(lan, authority)

        answer = lan.post("/cua-toi/nguoi-lam-thay/", {"name": "Kẻ Gian", "phone": "0987654321"})

        assert answer.status_code == 404
        assert Authority.objects.count() == 1

    @pytest.mark.parametrize(
        ("told", "field"),
        [
            ({"name": ""}, "name"),
            ({"phone": "12"}, "phone"),
            ({"ground": "POWER_OF_ATTORNEY"}, "note"),
            ({"ground": "KING"}, "name"),
        ],
    )
    def test_what_is_missing_is_said_beside_its_field(
        self, signed_in: SignedIn, send: Send, told: dict[str, str], field: str
    ) -> None:
        send()
        given = {"name": "Lan", "phone": LAN, "ground": "HOUSEHOLD_MEMBER", **told}

        answer = signed_in(HOA).post("/cua-toi/nguoi-lam-thay/", given)

        assert answer.status_code == 422
        assert f'id="id_{field}-error"' in answer.content.decode()


class TestNotices:
    def tell(self, request: Request, key: str = "n", topic: str = "REQUEST") -> list[str]:
        messaging_ops.notify(
            key=key, at=NOON, customer_id=request.customer_id, phone="+84901234567", important=True,
            texts={"vi": "Có tin", "en": "News"}, topic=topic,
        )  # fmt: skip
        sent = OutboxMessage.objects.filter(key__startswith=f"notice:{key}:")
        return sorted(sent.values_list("channel", flat=True))

    def subscribe(self, request: Request) -> None:
        messaging_ops.subscribe(
            customer_id=request.customer_id, visitor_id=UUID(int=5), endpoint="https://fcm.googleapis.com/x",
            p256dh="p", auth="a", at=NOON,
        )  # fmt: skip

    def test_go_by_sms_until_somebody_chooses(self, send: Send) -> None:
        assert self.tell(send()) == ["SMS"]

    def test_go_where_they_were_chosen(self, signed_in: SignedIn, send: Send) -> None:
        request = send()
        self.subscribe(request)
        hoa = signed_in(HOA)
        assert self.tell(request, "a") == ["SMS", "WEBPUSH"]

        hoa.post("/cua-toi/bao-tin/", {"REQUEST": ["WEBPUSH"], "PAYMENT": ["SMS"]})

        assert self.tell(request, "b") == ["WEBPUSH"]
        assert self.tell(request, "c", "PAYMENT") == ["SMS"]
        assert self.tell(request, "d", "POWER_CUT") == []

    def test_reach_by_sms_when_the_browser_is_gone(self, signed_in: SignedIn, send: Send) -> None:
        request = send()
        self.subscribe(request)
        signed_in(HOA).post("/cua-toi/bao-tin/", {"REQUEST": ["WEBPUSH"], "PAYMENT": ["WEBPUSH"]})
        messaging_ops.unsubscribe(visitor_id=UUID(int=5), at=NOON)

        assert self.tell(request) == ["SMS"]

    def test_what_must_reach_keeps_one_way(self, signed_in: SignedIn, send: Send) -> None:
        request = send()
        hoa = signed_in(HOA)

        answer = hoa.post("/cua-toi/bao-tin/", {"PAYMENT": ["SMS"]}, follow=True)

        assert "Hãy giữ ít nhất một cách" in answer.content.decode()
        assert customer_queries.find_reach(request.customer_id, "REQUEST").channels is None

    def test_choices_and_browsers_go_with_the_customer(self, signed_in: SignedIn, send: Send) -> None:
        request = send()
        self.subscribe(request)
        signed_in(HOA).post("/cua-toi/bao-tin/", {"REQUEST": ["SMS"], "PAYMENT": ["SMS"]})
        Request.objects.filter(id=request.id).update(state="CANCELLED", closed_at=NOON)

        customer_ops.erase_customer(
            customer_id=request.customer_id, reason="theo yêu cầu", actor=Actor.system("test"), at=NOON
        )

        assert customer_queries.find_reach(request.customer_id, "REQUEST").channels is None
        assert not PushSubscription.objects.exists()
