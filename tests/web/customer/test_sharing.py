"""A photo from the phone to a request; a browser that lets us wake it."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from motcua.documents import queries as document_queries
from motcua.messaging.models import PushSubscription
from motcua.requests.models import Entry, Request
from motcua.web.customer.sharing import COOKIE

HOA, LAN = "0901234567", "0912345678"
SignedIn = Callable[..., Client]
Send = Callable[..., Request]


def photo(colour: str = "red") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(out, "JPEG")
    return SimpleUploadedFile("anh.jpg", out.getvalue(), "image/jpeg")


class TestSharing:
    def test_from_the_share_sheet_to_the_request(self, signed_in: SignedIn, send: Send) -> None:
        request = send()
        hoa = signed_in(HOA)
        hoa.handler.enforce_csrf_checks = True  # the phone's share sheet knows no token

        held = hoa.post("/chia-se/", {"anh": [photo(), photo("blue")]})
        assert held.status_code == 302
        hoa.handler.enforce_csrf_checks = False
        page = hoa.get("/chia-se/").content.decode()
        assert "Đã giữ 2 tệp" in page
        assert request.number in page
        given = hoa.post("/chia-se/gui/", {"so": request.number})

        assert given["Location"] == f"/theo-doi/{request.number}/"
        kept = document_queries.list_documents("request", request.id, kinds=("PHOTO",))
        assert len(kept) == 2
        assert Entry.objects.filter(request_id=request.id, name="paper.added").count() == 2
        assert hoa.cookies[COOKIE].value == ""
        assert "Ảnh gửi thêm" in hoa.get(f"/theo-doi/{request.number}/").content.decode()

    def test_is_a_plain_upload_too(self, signed_in: SignedIn, send: Send) -> None:
        request = send()

        given = signed_in(HOA).post("/chia-se/gui/", {"so": request.number, "anh": photo()})

        assert given.status_code == 302
        assert len(document_queries.list_documents("request", request.id, kinds=("PHOTO",))) == 1

    def test_a_stranger_gives_nothing_to_it(self, signed_in: SignedIn, hanoi: Client, send: Send) -> None:
        request = send()
        for client in (signed_in(LAN), hanoi):
            assert client.post("/chia-se/gui/", {"so": request.number, "anh": photo()}).status_code == 422
            assert request.number not in client.get("/chia-se/").content.decode()
        assert document_queries.list_documents("request", request.id, kinds=("PHOTO",)) == []

    def test_a_held_photo_is_the_browsers_own(self, signed_in: SignedIn, send: Send) -> None:
        hoa = signed_in(HOA)
        hoa.post("/chia-se/", {"anh": photo()})
        lan = signed_in(LAN)
        lan.cookies[COOKIE] = hoa.cookies[COOKIE].value + "x"

        assert "Đã giữ" not in lan.get("/chia-se/").content.decode()

    def test_what_is_no_picture_is_refused_with_a_reason(self, signed_in: SignedIn, send: Send) -> None:
        bad = SimpleUploadedFile("x.exe", b"MZ" + b"\0" * 100)

        answer = signed_in(HOA).post("/chia-se/", {"anh": bad})

        assert answer.status_code == 422

    def test_without_a_name_it_is_asked_who_they_are(self, hanoi: Client) -> None:
        hanoi.post("/chia-se/", {"anh": photo()})

        assert "Vào bằng số điện thoại" in hanoi.get("/chia-se/").content.decode()

    def test_the_giving_needs_the_pages_token(self, signed_in: SignedIn, send: Send) -> None:
        request = send()
        hoa = signed_in(HOA)
        hoa.handler.enforce_csrf_checks = True

        assert hoa.post("/chia-se/gui/", {"so": request.number, "anh": photo()}).status_code == 403


class TestThisBrowser:
    URL = "/cua-toi/may-nay/"
    KEYS = {"endpoint": "https://fcm.googleapis.com/fcm/send/abc", "p256dh": "p" * 87, "auth": "a" * 22}

    def test_begins_and_ends(self, signed_in: SignedIn, send: Send) -> None:
        request = send()
        hoa = signed_in(HOA)

        hoa.post(self.URL, self.KEYS)
        assert PushSubscription.objects.get(ended_at=None).customer_id == request.customer_id
        assert "Máy này đang nhận thông báo" in hoa.get("/cua-toi/").content.decode()
        hoa.post(self.URL, {})

        assert not PushSubscription.objects.filter(ended_at=None).exists()

    @pytest.mark.parametrize(
        "endpoint",
        ["https://evil.example/x", "http://127.0.0.1:5432/", "-", "https://fcm.googleapis.com" + "/x" * 400],
    )
    def test_is_never_an_address_of_somebodys_choice(
        self, signed_in: SignedIn, send: Send, endpoint: str
    ) -> None:
        send()
        answer = signed_in(HOA).post(
            self.URL, {**self.KEYS, "endpoint": endpoint}, headers={"X-Requested-With": "fetch"}
        )

        assert answer.status_code == 422
        assert not PushSubscription.objects.exists()

    def test_needs_somebody(self, hanoi: Client) -> None:
        assert hanoi.post(self.URL, self.KEYS, headers={"X-Requested-With": "fetch"}).status_code == 403

    def test_the_app_says_what_it_takes(self, hanoi: Client) -> None:
        manifest = hanoi.get("/manifest.webmanifest").json()
        worker = hanoi.get("/sw.js").content.decode()

        assert manifest["share_target"]["action"] == "/chia-se/"
        assert manifest["share_target"]["params"]["files"][0]["name"] == "anh"
        assert 'addEventListener("push"' in worker
        assert "&quot;" not in worker
