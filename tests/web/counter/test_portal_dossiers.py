"""The clerk's dossier is the portal's: filed under its portal, told to it, and its result handed over."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from motcua.companies.roles import Role
from motcua.config import clock
from motcua.connectors.models import CallbackState, PortalCallback
from motcua.connectors.portals import dossiers, intake, partners
from motcua.documents import operations as document_ops
from motcua.kernel.actors import Actor
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from tests.documents import samples
from tests.web import people
from tests.web.counter.test_counter import INFO, sent

NUMBER = "H26.17.15-261122-0001"
SYSTEM = Actor.system("test")


@pytest.fixture
def portal(company):
    partners.add_portal(
        code="DVC-HN", name="Cổng Hà Nội", format="PROVINCIAL", agency="H26", secret="p" * 40, callback_url="",
        actor=SYSTEM, at=clock.now(),
    )  # fmt: skip
    return partners.find_portal("DVC-HN")


@pytest.fixture
def filed(clerk, portal):
    page = clerk.post("/quay/phieu-moi/INFO/", {**INFO, "external_number": NUMBER, "key": "k1"})
    return sent(page)


@pytest.fixture
def answered(filed):
    request_ops.advance(
        request_id=filed.id, action=filed.current_step.actions[0].code, inputs={"answer": "Mang căn cước."},
        actor=Actor.staff("i", "Lan", ["INTAKE"], [filed.unit_code]), at=clock.now(), key="answer",
    )  # fmt: skip
    return filed


def hand(clerk, view, **more):
    return clerk.post(
        f"/quay/ho-so/{view.number}/trao/", {"receiver": "Lê Văn Nam", "key": "h1", **more}, follow=True
    )


class TestFiling:
    def test_under_the_portal_that_gives_such_numbers_however_typed(self, clerk, portal):
        page = clerk.post(
            "/quay/phieu-moi/INFO/", {**INFO, "external_number": " h26.17.15 -261122-0001", "key": "k1"}
        )
        view = sent(page)
        assert (view.state.portal, view.state.external_number) == ("DVC-HN", NUMBER)
        assert dossiers.get_dossier(portal, NUMBER).id == view.id
        assert PortalCallback.objects.filter(request_id=view.id).exists()

    def test_under_the_centre_when_no_portal_does(self, clerk, portal):
        page = clerk.post("/quay/phieu-moi/INFO/", {**INFO, "external_number": "TAY-HO-1", "key": "k1"})
        assert sent(page).state.portal == "HCC"
        assert not PortalCallback.objects.exists()

    def test_a_number_the_portal_sent_itself_is_refused_and_says_by_which_request(self, clerk, portal):
        at = clock.now()
        number = f"H26-{at:%y%m%d}-0001"
        view = intake.submit(
            portal, number=number, procedure="INFO", province_code="01", submitted_at=at, form=INFO, at=at
        ).view
        page = clerk.post("/quay/phieu-moi/INFO/", {**INFO, "external_number": number, "key": "k1"})

        text = page.content.decode()
        assert page.status_code == 422
        assert 'href="#id_external_number"' in text
        assert view.number in text


class TestHanding:
    def test_says_who_took_it_and_the_portal_sees_it_returned(self, clerk, answered):
        shown = clerk.get(f"/quay/ho-so/{answered.number}/").content.decode()
        assert 'value="Lê Văn Nam"' in shown
        page = hand(clerk, answered)

        text = page.content.decode()
        assert re.search(r"data-handed>Đã trao cho <b>Lê Văn Nam</b>", text)
        assert "10: Đã trả kết quả" in text
        assert "quay/ho-so/" + answered.number + "/trao/" not in text
        last = PortalCallback.objects.filter(request_id=answered.id).latest("seq")
        assert (last.name, last.status) == ("result.handed", 10)

    def test_names_the_documents_that_were_handed(self, clerk, answered):
        stored = [
            document_ops.store_made(
                content=samples.pdf(pages), mime="application/pdf", name=f"{kind}.pdf", kind=kind,
                subject_type="request", subject_id=answered.id, actor=SYSTEM, at=clock.now(),
            )
            for pages, kind in ((1, "CONTRACT_SIGNED"), (2, "RECEIPT"))
        ]  # fmt: skip
        refused = hand(clerk, answered)
        assert refused.status_code == 422
        assert "chọn giấy tờ" in refused.content.decode()

        hand(clerk, answered, key="h2", documents=[str(stored[0].id), "x"])
        entry = request_queries.list_entries(answered.id)[-1]
        assert entry.payload["documents"] == [str(stored[0].id)]

    def test_without_a_name_it_is_refused_beside_nothing_lost(self, clerk, answered):
        page = hand(clerk, answered, receiver=" ")
        assert page.status_code == 422
        assert "họ tên người nhận" in page.content.decode()
        assert not request_ops.was_handed(answered.id)

    def test_is_not_offered_before_the_end_or_to_another(self, clerk, filed):
        assert "/trao/" not in clerk.get(f"/quay/ho-so/{filed.number}/").content.decode()
        assert hand(clerk, filed).status_code == 422
        other = people.browser(people.add_staff("ha", Role.DESK_CLERK))
        assert hand(other, filed).status_code == 404


class TestDeadLetters:
    def test_are_shown_to_the_clerk_and_the_administrator_who_tells_again(self, clerk, filed):
        PortalCallback.objects.update(state=CallbackState.DEAD, reason="HTTP_422", attempts=3)
        assert "lần không báo được" in clerk.get(f"/quay/ho-so/{filed.number}/").content.decode()
        admin = people.browser(people.add_staff("quan", Role.ADMIN))
        text = admin.get(reverse("staff:events")).content.decode()
        assert NUMBER in text and "HTTP_422" in text

        for callback in PortalCallback.objects.all():
            assert f"/quan-tri/bao-cong/{callback.id}/" in text
            admin.post(f"/quan-tri/bao-cong/{callback.id}/")
        assert set(PortalCallback.objects.values_list("state", flat=True)) == {"PENDING"}
