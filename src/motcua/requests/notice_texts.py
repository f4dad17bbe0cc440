"""The texts customers read about their requests, as templates: those every service shares, and each service's own notices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from motcua.kernel import codes, local_time
from motcua.kernel.results import gettext_noop as _
from motcua.messaging import templates
from motcua.messaging.templates import OF_REQUEST, Template
from motcua.services import catalogue
from motcua.services.declaration import Audience, Service

# Words that differ by language; a text names them without the language.
LOCALISED = frozenset({"service_name", "step_status"})
# What is known of every request.
GENERAL = frozenset(
    {
        "account_code", "amount", "company", "customer_name", "due_date", "energised_at", "follow_link", "hotline", "payment_code",
        "request_number", "service_name", "step_status", "unit_name",
    }
)  # fmt: skip
PAYING = _("Thanh toán")


def _facts(number: str) -> Mapping[str, object] | None:
    """What a notice may say of the request of this number; None when there is none."""
    from motcua.requests import queries
    from motcua.requests.operations import telling

    parsed = codes.parse_request_number(number)
    view = queries.find_by_number(parsed) if parsed else None
    return None if view is None else telling.facts_of(view)


def _declare(
    code: str,
    label: str,
    vi: str,
    en: str,
    *,
    topic: str = OF_REQUEST,
    localised: frozenset[str] = frozenset(),
) -> Template:
    return templates.declare(
        Template(
            code,
            vi,
            en,
            topic=topic,
            label=label,
            localised=LOCALISED | localised,
            known=GENERAL,
            facts=_facts,
        )
    )


PAPERS_ASKED = _declare(
    "request.papers", _("Cần bổ sung giấy tờ"),
    "Yêu cầu {request_number} cần bổ sung: {papers}. {reason} Gửi tại {follow_link}. Thời gian chờ không tính vào hạn của chúng tôi.",
    "Request {request_number} needs more: {papers}. {reason} Send it at {follow_link}.",
    localised=frozenset({"papers"}),
)  # fmt: skip
REJECTED = _declare(
    "request.rejected", _("Không thực hiện được"),
    "Chúng tôi chưa thể thực hiện yêu cầu {request_number}: {reason} Nếu không đồng ý, anh/chị gửi phản hồi tại {follow_link} hoặc gọi {hotline}.",
    "We cannot fulfil request {request_number}: {reason} If you disagree, object at {follow_link} or call {hotline}.",
)  # fmt: skip
CANCELLED = _declare(
    "request.cancelled", _("Đã hủy theo ý khách"), "Yêu cầu {request_number} đã được hủy theo ý anh/chị.", "Request {request_number} has been cancelled as you wished."
)  # fmt: skip
REMINDER_PAY = _declare(
    "request.reminder-pay", _("Nhắc trả tiền"),
    "Nhắc anh/chị: yêu cầu {request_number} đang chờ thanh toán {amount}. Trả tại {pay_link}, nội dung {payment_code}. Hỏi thêm: {hotline}.",
    "A reminder: request {request_number} waits for your payment of {amount}. Pay at {pay_link}, reference {payment_code}. Questions: {hotline}.",
    topic=PAYING,
)  # fmt: skip
REMINDER_PAPERS = _declare(
    "request.reminder-papers", _("Nhắc bổ sung giấy tờ"),
    "Nhắc anh/chị: yêu cầu {request_number} đang chờ bổ sung {papers}. Gửi tại {follow_link}. Hỏi thêm: {hotline}.",
    "A reminder: request {request_number} waits for {papers}. Send it at {follow_link}. Questions: {hotline}.",
    localised=frozenset({"papers"}),
)  # fmt: skip
REMINDER_OTHER = _declare(
    "request.reminder", _("Nhắc việc khách phải làm"),
    "Nhắc anh/chị: yêu cầu {request_number} đang chờ anh/chị. Xem việc cần làm tại {follow_link} hoặc gọi {hotline}.",
    "A reminder: request {request_number} waits for you. See what is needed at {follow_link} or call {hotline}.",
)  # fmt: skip
TAKEN_BACK = _declare(
    "payment.taken-back", _("Ngân hàng rút lại khoản đã trả"),
    "Ngân hàng đã rút lại khoản thanh toán {reopened_amount} của yêu cầu {request_number}, nên khoản này lại cần thanh toán. "
    "Anh/chị trả lại tại {pay_link}, nội dung {reopened_code}. Nếu cần hỏi, xin gọi {hotline}.",
    "The bank has taken back the payment of {reopened_amount} for request {request_number}, so it is due again. "
    "Please pay at {pay_link}, reference {reopened_code}. Questions: {hotline}.",
    topic=PAYING,
)  # fmt: skip
OLD_HOLDER = _declare(
    "request.old-holder", _("Báo người đứng tên cũ"),
    "Có người xin đổi tên hợp đồng điện mã {account_code} (yêu cầu {request_number}). Nếu không đồng ý, "
    "xin gọi {hotline} trước {until}. Sau đó chúng tôi sẽ đổi tên hợp đồng.",
    "Somebody asks to take over electricity contract {account_code} (request {request_number}). If you "
    "disagree, call {hotline} before {until}. After that the contract changes hands.",
)  # fmt: skip


def code_of(service: Service, notice: str) -> str:
    """The template's code of a service's notice."""
    return f"{service.code}.{notice}"


class ServiceNotices:
    """Every notice to customers that a service declares, in the words of the version offered now."""

    def find(self, code: str) -> Template | None:
        service_code, _dot, notice = code.partition(".")
        service = catalogue.current().find(service_code, _today(), internal=True) if notice else None
        return next((one for one in _of(service) if one.code == code), None) if service else None

    def list_all(self) -> Iterator[Template]:
        for service in catalogue.current().list_services(_today(), internal=True):
            yield from _of(service)


def _of(service: Service) -> Iterator[Template]:
    for notice in service.notices:
        if notice.audience is Audience.CUSTOMER:
            yield Template(
                code_of(service, notice.code), notice.text.vi, notice.text.en, topic=service.name.vi,
                label=_label(service, notice.code), localised=LOCALISED, known=GENERAL, facts=_facts,
            )  # fmt: skip


def _label(service: Service, notice: str) -> str:
    """At which steps it is sent."""
    steps = [
        step.name.vi
        for step in service.steps
        if notice in step.notices or any(notice in action.notices for action in step.actions)
    ]
    return f"{' · '.join(dict.fromkeys(steps))} ({notice})"


def _today() -> date:
    from motcua.config import clock

    return local_time.local_date(clock.now())
