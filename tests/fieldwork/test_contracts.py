"""The contract pack names who signs for the company, by what power, and at which bank the account is."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from motcua.companies import operations as company_ops
from motcua.companies import queries as company_queries
from motcua.companies.models import Unit
from motcua.customers.models import Ground
from motcua.documents import packs
from motcua.fieldwork import contracts
from motcua.kernel.actors import Actor
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from tests.requests.conftest import HOME_ANSWERS


@pytest.fixture
def view(company: Any, at: Any) -> Any:
    sent = request_ops.submit(
        service_code="NEW-LV-RES", answers=HOME_ANSWERS, channel="COUNTER", actor=Actor.anonymous("v"), at=at, key="s",
        representative={"name": "Trần Văn Đại", "ground": "POWER_OF_ATTORNEY"},
    )  # fmt: skip
    return request_queries.get_request(sent.request_id)


def sign_for(unit: Unit, at: Any, **more: Any) -> None:
    company_ops.unit_change(
        code=unit.code, name=unit.name, name_en=unit.name_en, address=unit.address, phone=unit.phone, valid_to=None,
        actor=Actor.system("test"), at=at, **more,
    )  # fmt: skip


def seller(view: Any) -> dict[str, Any]:
    found: dict[str, Any] = contracts.contract_data(view, on=date(2026, 11, 17))["seller"]
    return found


class TestSigning:
    def test_the_centre_signs_for_units_without_a_representative(self, view: Any, at: Any) -> None:
        assert "representative" not in seller(view)

        sign_for(
            company_queries.get_centre(), at, representative="Lê Thị Ký", representative_title="Giám đốc",
            authorisation_number="12/GUQ", authorisation_date=date(2026, 1, 2),
        )  # fmt: skip

        told = seller(view)
        assert (told["representative"], told["position"]) == ("Lê Thị Ký", "Giám đốc")
        assert (told["authorisation_number"], told["authorisation_date"]) == ("12/GUQ", "02/01/2026")

    def test_a_unit_signs_for_itself(self, view: Any, at: Any) -> None:
        sign_for(company_queries.get_centre(), at, representative="Lê Thị Ký")
        sign_for(Unit.objects.get(code=view.unit_code), at, representative="Đỗ Văn Riêng")

        assert seller(view)["representative"] == "Đỗ Văn Riêng"

    def test_the_paper_holds_them_and_the_bank(self, view: Any, at: Any) -> None:
        sign_for(
            company_queries.get_centre(), at, representative="Lê Thị Ký", representative_title="Giám đốc"
        )
        data = contracts.contract_data(view, on=date(2026, 11, 17))

        text = "".join(page.extract_text() for page in PdfReader(BytesIO(packs.contract_pack(data))).pages)

        assert company_queries.get_company().bank_bin
        assert data["seller"]["bank_name"] in text
        for line in ("Lê Thị Ký", "Giám đốc", "Trần Văn Đại", "giấy ủy quyền"):
            assert line in text


def test_every_ground_of_authority_has_its_words_on_the_contract():
    assert set(contracts._GROUNDS) == set(Ground.values)
