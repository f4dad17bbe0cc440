"""Where customers may sign in: added, tried, switched; a new address wants its secret again."""

from __future__ import annotations

from motcua.companies.models import AuditEntry
from motcua.connectors.identity import providers
from motcua.connectors.models import IdentityProvider
from motcua.sandbox import staff_issuer
from tests.web.shown import text_of

DOORS = "/quan-tri/noi-xac-thuc/"


def door(server, **changes):
    return {
        "code": "DVCQG", "name": "Cổng quốc gia", "issuer": server.issuer, "client_id": staff_issuer.CLIENT_ID,
        "secret": staff_issuer.CLIENT_SECRET, "scope": "openid profile phone", **changes,
    }  # fmt: skip


class TestProviders:
    def test_is_added_tried_and_switched(self, page, issuer):
        made = page.post(f"{DOORS}them/", door(issuer))
        here = made.headers["Location"]

        tried = text_of(page.post(f"{here}viec/", {"viec": "thu"}, follow=True))
        page.post(f"{here}viec/", {"viec": "tat"})

        assert "Kết nối được" in tried
        assert staff_issuer.CLIENT_SECRET not in text_of(page.get(here))
        assert not IdentityProvider.objects.get().is_active
        verbs = AuditEntry.objects.filter(subject_type="provider").values_list("verb", flat=True)
        assert sorted(verbs) == ["provider.added", "provider.suspended"]

    def test_a_wrong_secret_is_said(self, page, issuer):
        here = page.post(f"{DOORS}them/", door(issuer, secret="khac")).headers["Location"]

        tried = page.post(f"{here}viec/", {"viec": "thu"})

        assert tried.status_code == 422
        assert "không nhận tên ứng dụng hoặc khóa bí mật" in text_of(tried)

    def test_a_new_address_wants_the_secret_again(self, page, issuer):
        here = page.post(f"{DOORS}them/", door(issuer)).headers["Location"]
        given = door(issuer, secret="", issuer="https://noi-khac.example.vn")

        refused = page.post(here, given)
        renamed = page.post(here, door(issuer, secret="", name="Tên mới"))

        assert (refused.status_code, renamed.status_code) == (422, 302)
        assert 'href="#id_secret"' in text_of(refused)
        setup = providers.find_setup("DVCQG")
        assert (setup.issuer, setup.name) == (issuer.issuer, "Tên mới")
        assert AuditEntry.objects.get(verb="provider.changed").facts == {"changed": ["name"]}

    def test_a_code_in_use_is_refused(self, page, issuer):
        page.post(f"{DOORS}them/", door(issuer))

        again = page.post(f"{DOORS}them/", door(issuer, client_id="khac"))

        assert again.status_code == 422
        assert 'href="#id_code"' in text_of(again)
