"""What a crew takes along: the contract and the checklist of a request, made of what is known, and the signatures on it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from motcua.companies import banks
from motcua.companies import queries as company_queries
from motcua.companies.models import Province, Unit
from motcua.customers import queries as customer_queries
from motcua.documents import packs, signing
from motcua.documents import queries as document_queries
from motcua.documents.queries import DocumentView, SignatureView
from motcua.fieldwork import queries
from motcua.fieldwork.queries import VisitView
from motcua.fieldwork.states import VisitKind
from motcua.kernel import money, phones
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date, to_local
from motcua.kernel.results import Refused, gettext_noop
from motcua.ledger import queries as ledger_queries
from motcua.requests.operations import telling
from motcua.requests.queries import RequestView
from motcua.services import flow
from motcua.services.declaration import Give
from motcua.supply import queries as supply_queries

SUBJECT = "request"

KIND_NAMES: dict[str, str] = {
    VisitKind.SURVEY: gettext_noop("Khảo sát"),
    VisitKind.SIGN: gettext_noop("Ký hợp đồng"),
    VisitKind.INSTALL: gettext_noop("Treo công tơ, đóng điện"),
    VisitKind.CHANGE: gettext_noop("Thi công thay đổi"),
    VisitKind.REPAIR: gettext_noop("Xử lý sự cố"),
    VisitKind.VISIT: gettext_noop("Làm việc tại nhà"),
}
# The papers are in Vietnamese, whatever the language of the screen.
_PURPOSE = {
    "NEW-LV-RES": ("mục đích sinh hoạt", "Sinh hoạt"),
    "CHG-CAPACITY": ("thay đổi công suất, loại công tơ", ""),
}
_PURPOSE_WORDS = {
    "RESIDENTIAL": "Sinh hoạt",
    "PRODUCTION": "Sản xuất",
    "BUSINESS": "Kinh doanh, dịch vụ",
    "SCHOOL_HOSPITAL": "Bệnh viện, nhà trẻ, trường học",
    "PUBLIC": "Cơ quan hành chính, chiếu sáng công cộng",
}
_GROUNDS = {
    "LEGAL_REPRESENTATIVE": "quyền đại diện theo pháp luật",
    "POWER_OF_ATTORNEY": "giấy ủy quyền",
    "HOUSEHOLD_MEMBER": "ủy quyền của người cùng hộ",
    "LANDLORD": "ủy quyền của chủ nhà",
    "GUARDIAN": "quyền giám hộ",
    "VILLAGE_HEAD": "ủy quyền cho trưởng thôn, tổ trưởng dân phố",
}
_BRING: dict[str, tuple[str, ...]] = {
    VisitKind.SURVEY: ("Thước dây, đồng hồ đo", "Máy ảnh hoặc điện thoại", "Hợp đồng in sẵn 02 bản"),
    VisitKind.SIGN: ("Hợp đồng in sẵn 02 bản", "Điện thoại để ký", "Thẻ nhân viên"),
    VisitKind.INSTALL: (
        "Công tơ trong kho đơn vị",
        "Aptomat, dây, kẹp",
        "Chì niêm phong",
        "Dụng cụ và bảo hộ",
    ),
    VisitKind.CHANGE: ("Công tơ thay thế", "Aptomat, dây, kẹp", "Chì niêm phong", "Hợp đồng in sẵn 02 bản"),
    VisitKind.REPAIR: ("Dụng cụ và bảo hộ", "Vật tư thay thế", "Biển báo an toàn"),
}
_CHECKS: dict[str, tuple[str, ...]] = {
    VisitKind.SURVEY: ("Đọc mã xác thực cho khách", "Chọn cột đấu nối, đo khoảng cách", "Báo chi phí cho khách, nếu có"),
    VisitKind.SIGN: (
        "Đọc mã xác thực cho khách", "Đối chiếu họ tên, số định danh trước mặt khách", "Sửa tên và in lại nếu sai",
        "Khách và hai nhân viên cùng ký", "Đưa khách một bản",
    ),
    VisitKind.INSTALL: (
        "Đọc mã xác thực cho khách", "Ghi số công tơ, chỉ số đầu cùng khách", "Kẹp chì, ghi mã chì",
        "Thử điện rồi mới đóng điện", "Hướng dẫn khách tra cứu và thanh toán",
    ),
}  # fmt: skip


@lru_cache(maxsize=1)
def _basis_rows() -> list[dict[str, Any]]:
    path = Path(packs.__file__).resolve().parent / "data" / "contract_basis.json"
    rows: list[dict[str, Any]] = json.loads(path.read_text())
    return rows


def contract_number(view: RequestView) -> str:
    """The number a contract carries, from that of its request."""
    return f"{view.number}/HĐMBĐ"


def phases_of(view: RequestView) -> int | None:
    """1 or 3 as answered; None when the customer was not sure."""
    wanted = str(view.values.get("phases") or view.values.get("change") or "")
    return {"ONE": 1, "THREE": 3, "TO_ONE": 1, "TO_THREE": 3}.get(wanted)


def contract_data(view: RequestView, *, on: date) -> dict[str, Any]:
    """The values of the contract of a request. The same request on the same day gives the same values."""
    title, purpose = _PURPOSE.get(view.service_code, (view.service.name.vi, ""))
    purpose = _PURPOSE_WORDS.get(str(view.values.get("purpose") or ""), purpose or _purpose_on_record(view))
    unit = Unit.objects.filter(code=view.unit_code).first()
    seller = _seller(unit)
    return packs.without_blanks(
        {
            "number": contract_number(view),
            "request_number": view.number,
            "place": _town(unit),
            "date_words": packs.date_words(on),
            "purpose_title": f"({title})",
            "basis": packs.basis(_basis_rows(), on),
            "seller": seller,
            "buyer": _buyer(view),
            "terms": _terms(view, purpose),
            "works": _works(view),
            "follow_url": telling.follow_link(view.number),
            "company": seller.get("company", ""),
        }
    )


def _purpose_on_record(view: RequestView) -> str:
    known = supply_queries.find_contract(view.state.account_code) if view.state.account_code else None
    return _PURPOSE_WORDS.get(known.purpose, "") if known else ""


def _seller(unit: Unit | None) -> dict[str, Any]:
    company = company_queries.get_company()
    return packs.without_blanks(
        {
            "company": company.name,
            "unit": unit.name if unit else "",
            **_signatory(unit.code if unit else ""),
            "address": unit.address if unit else "",
            "phone": unit.phone if unit else "",
            "email": company.email,
            "bank_account": company.bank_account,
            "bank_name": banks.name_of(company.bank_bin) if company.bank_bin else "",
            "tax_code": company.tax_code,
            "hotline": company.hotline,
            "site": company.site,
            "colour": company.colour,
        }
    )


def _signatory(unit_code: str) -> dict[str, str]:
    """Who signs for the unit: its own representative, else that of the nearest unit above it."""
    signs = company_queries.find_signatory(unit_code)
    if signs is None:
        return {}
    day = signs.authorisation_date
    return {
        "representative": signs.representative,
        "position": signs.representative_title,
        "authorisation_number": signs.authorisation_number,
        "authorisation_date": f"{day:%d/%m/%Y}" if day else "",
    }


def _town(unit: Unit | None) -> str:
    found = Province.objects.filter(code=unit.province_code).order_by("-valid_from").first() if unit else None
    return found.name if found else ""


def _buyer(view: RequestView) -> dict[str, Any]:
    customer = customer_queries.find_customer(view.customer_id) if view.customer_id else None
    phone = str(view.answers.get("phone") or (customer.phone if customer else ""))
    representative = view.representative
    return packs.without_blanks(
        {
            "name": view.answers.get("organisation")
            or view.answers.get("full_name")
            or (customer.full_name if customer else ""),
            "id_number": view.answers.get("id_number") or (customer.id_number if customer else ""),
            "address": customer.contact_address if customer else "",
            "phone": phones.display(phone) if phone else "",
            "email": view.answers.get("email") or (customer.email if customer else ""),
            "households": str(view.answers.get("households") or 1),
            "representative": representative.get("name", "")
            or (view.answers.get("full_name", "") if view.answers.get("organisation") else ""),
            "authorisation": _GROUNDS.get(representative.get("ground", ""), ""),
        }
    )


def _terms(view: RequestView, purpose: str) -> dict[str, Any]:
    phases = phases_of(view)
    pole = str(view.values.get("pole_number") or "")
    return packs.without_blanks(
        {
            "address": place_text(view),
            "purpose": purpose,
            "phases": f"{phases or 1} pha",
            "voltage": "380 V" if phases == 3 else "220 V",
            "capacity_kw": str(view.values.get("capacity_kw") or ""),
            "quality_point": "đầu ra của công tơ",
            "meter_place": f"cột {pole}" if pole else "",
            "payment_form": "không dùng tiền mặt: chuyển khoản, mã QR, ví điện tử, trích nợ tự động",
            "notice_ways": ["tin nhắn", "ứng dụng và trang chăm sóc khách hàng", "thư điện tử", "điện thoại"],
        }
    )


def _works(view: RequestView) -> list[dict[str, str]]:
    note = str(view.values.get("cost_note") or "Dây và vật tư từ điểm đấu nối về nhà")
    return [
        {"label": f"{note} (đã gồm thuế)", "amount": money.format_vnd(charge.total_vnd)}
        for charge in ledger_queries.list_charges(view.id)
        if charge.status != "CANCELLED"
    ]


def place_text(view: RequestView) -> str:
    """Where it is, as the customer said it, else as on record."""
    answer = view.answers.get("place")
    if isinstance(answer, dict) and answer.get("text"):
        return str(answer["text"])
    return supply_queries.get_place(view.place_id).text if view.place_id else ""


def checklist_data(view: RequestView, visit: VisitView) -> dict[str, Any]:
    """The values of the crew's checklist for a visit."""
    unit = Unit.objects.filter(code=view.unit_code).first()
    company = company_queries.get_company()
    place = supply_queries.get_place(view.place_id) if view.place_id else None
    return packs.without_blanks(
        {
            "company": company.name,
            "colour": company.colour,
            "unit": unit.name if unit else "",
            "crew": visit.crew_name,
            "members": [member.name for member in visit.members],
            "request_number": view.number,
            "visit_kind": KIND_NAMES.get(visit.kind, ""),
            "window": f"{visit.window} {to_local(visit.window_start):%d/%m/%Y}",
            "customer": visit.contact_name,
            "phone": visit.shown_phone,
            "place": visit.place_text,
            "pole": str(view.values.get("pole_number") or (place.pole_number if place else "")),
            "neighbour": place.neighbour_account_code if place else "",
            "map": f"{visit.lat:.5f}, {visit.lon:.5f}" if visit.lat is not None else "",
            "map_url": visit.map_url,
            "code": spaced_code(visit.code),
            "bring": list(_BRING.get(visit.kind, ())),
            "papers": papers_to_see(view),
            "checks": list(_CHECKS.get(visit.kind, ())),
            "note": visit.note,
        }
    )


def spaced_code(code: str) -> str:
    """ "473918" as "473 918", which is easier to read aloud."""
    return f"{code[:3]} {code[3:]}"


def papers_to_see(view: RequestView) -> list[str]:
    """The papers of this request that may be shown at the door and have not been given yet."""
    given = {document.kind for document in document_queries.list_documents(SUBJECT, view.id)}
    wanted = flow.list_papers(view.service, view.values)
    return [paper.name.vi for paper in wanted if Give.AT_VISIT in paper.give and paper.code not in given]


def prepare_pack(view: RequestView, *, actor: Actor, at: datetime) -> DocumentView:
    """Make the contract of a request with what is known now; one made before with other values is replaced."""
    visit = queries.find_open_visit(view.id)
    on = visit.date if visit else local_date(at)
    return signing.prepare_contract(
        data=contract_data(view, on=on), subject_type=SUBJECT, subject_id=view.id, actor=actor, at=at
    )


def find_contract(request_id: UUID) -> DocumentView | None:
    """The contract to sign, or signed."""
    return document_queries.find_latest(SUBJECT, request_id, signing.CONTRACT)


def find_signed_contract(request_id: UUID) -> DocumentView | None:
    """The rendition with the signatures, when all have signed."""
    return document_queries.find_latest(SUBJECT, request_id, signing.SIGNED_CONTRACT)


def is_signed(request_id: UUID) -> bool:
    """Whether the present contract has all its signatures."""
    contract = find_contract(request_id)
    return contract is not None and document_queries.is_signed(contract.id)


class ContractMissing(Refused):
    code = "CONTRACT_MISSING"
    message = gettext_noop("Yêu cầu này chưa có hợp đồng để ký.")


def sign_contract(
    *,
    request_id: UUID,
    signer_kind: str,
    signer_name: str,
    strokes: bytes | None,
    typed_name: str,
    actor: Actor,
    at: datetime,
    expected_sha256: str = "",
) -> SignatureView:
    """One signature on the contract of a request; the last one needed makes the signed copy.

    `expected_sha256` is what the page showed: a contract made anew meanwhile is not signed unseen (DocumentReplaced).
    Raises ContractMissing and what `signing.sign` raises.
    """
    with transaction.atomic():
        contract = find_contract(request_id)
        if contract is None:
            raise ContractMissing()
        if expected_sha256 and expected_sha256 != contract.sha256:
            raise signing.DocumentReplaced()
        signature = signing.sign(
            document_id=contract.id, signer_kind=signer_kind, signer_name=signer_name, strokes=strokes,
            typed_name=typed_name, actor=actor, at=at,
        )  # fmt: skip
        if document_queries.is_signed(contract.id):
            signing.signed_copy(document_id=contract.id, actor=actor, at=at)
    return signature


def print_job(pairs: Sequence[tuple[RequestView, VisitView]], *, day: date, unit_name: str = "") -> bytes:
    """All packs of a day as one PDF: the cover, and for each visit the checklist and, where one is to be signed, the contract."""
    company = company_queries.get_company()
    rows = []
    for view, visit in pairs:
        signs = visit.kind in (VisitKind.SURVEY, VisitKind.SIGN, VisitKind.CHANGE)
        rows.append(
            {
                "checklist": checklist_data(view, visit),
                "contract": contract_data(view, on=visit.date) if signs else None,
            }
        )
    head = {"company": company.name, "unit": unit_name, "hotline": company.hotline, "colour": company.colour}
    return packs.print_job(rows, title=f"Lịch công tác {day:%d/%m/%Y}", head=head)
