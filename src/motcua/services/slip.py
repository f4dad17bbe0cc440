"""What stands on the printed slip (phiếu tiếp nhận) and its twin on the screen, as plain values."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from motcua.kernel import local_time
from motcua.services import flow, forms, picture
from motcua.services.declaration import Give, Need, Service, Text

Answers = Mapping[str, object]

TITLE = Text("PHIẾU TIẾP NHẬN YÊU CẦU", "REQUEST RECEIPT")
NEEDS = {
    Need.MANDATORY: Text("bắt buộc", "required"),
    Need.OPTIONAL: Text("nếu có", "if you have it"),
    Need.INFORMATIVE: Text("để tham khảo", "helpful"),
}
GIVES = {
    Give.UPLOAD: Text("gửi ảnh hoặc tệp", "send a photo or file"),
    Give.LOOKUP: Text("chúng tôi tra cứu", "we look it up"),
    Give.AT_VISIT: Text("cho xem khi đến nhà", "show it at the visit"),
}


@dataclass(frozen=True)
class Reception:
    """Who received the request, when, and how to follow it."""

    number: str
    received_at: datetime
    due_at: datetime | None
    company_name: str
    unit_name: str
    hotline: str
    follow_link: str
    code_word: str = ""
    channel_name: str = ""
    received_by: str = ""


def slip_data(
    service: Service,
    answers: Answers,
    reception: Reception,
    *,
    papers_given: Collection[str] = (),
    lang: str = "vi",
) -> dict[str, object]:
    """Everything on the slip, in words. Numbers that identify a person are masked: a slip lies on tables."""
    return {
        "title": TITLE.get(lang),
        "company": reception.company_name,
        "unit": reception.unit_name,
        "hotline": reception.hotline,
        "number": reception.number,
        "service_code": service.code,
        "service": service.name.get(lang),
        "received": _moment(reception.received_at),
        "received_by": reception.received_by,
        "channel": reception.channel_name,
        "due": _moment(reception.due_at) if reception.due_at else "",
        "promise": service.promise.text.get(lang),
        "fee": service.fee.text.get(lang) if service.fee else _free(lang),
        "answers": [
            {"label": line.label.get(lang), "value": line.shown}
            for line in forms.review(service, answers, lang, masked=True)
        ],
        "papers": [
            {
                "name": paper.name.get(lang),
                "need": NEEDS[paper.need].get(lang),
                "how": ", ".join(GIVES[give].get(lang) for give in paper.give),
                "given": paper.code in papers_given,
            }
            for paper in flow.list_papers(service, answers)
        ],
        "steps": [
            {"number": mark.number, "name": mark.name, "who": mark.who, "time": mark.time}
            for mark in picture.list_marks(service, lang=lang)
        ],
        "follow_link": reception.follow_link,
        "code_word": reception.code_word,
    }


def _free(lang: str) -> str:
    return Text("Không thu tiền.", "Free of charge.").get(lang)


def _moment(at: datetime) -> str:
    return f"{local_time.to_local(at):%H:%M %d/%m/%Y}"
