"""Codes of a customer's card in words."""

from __future__ import annotations

from django.utils.translation import gettext

from motcua.customers.models import (
    ConsentEnd,
    CustomerKind,
    DataRequestState,
    DataWish,
    HandleProof,
    Scope,
    Topic,
)
from motcua.customers.purposes import PURPOSES
from motcua.kernel.results import gettext_noop as _
from motcua.supply.models import PartRole
from motcua.web.words import channel_words

KINDS = {
    CustomerKind.PERSON: _("Cá nhân"),
    CustomerKind.HOUSEHOLD: _("Hộ gia đình"),
    CustomerKind.ORGANISATION: _("Tổ chức"),
}
HOLDER = _("Đứng tên hợp đồng")
PARTS = {
    PartRole.PAYER: _("Trả tiền điện"),
    PartRole.USER: _("Sử dụng điện"),
    PartRole.AUTHORISED: _("Được ủy quyền"),
}
PROOFS = {
    HandleProof.CODE: _("mã gửi đến số điện thoại"),
    HandleProof.STAFF: _("nhân viên kiểm tra"),
}
SCOPES = {
    Scope.ALL: _("mọi việc"),
    Scope.REQUESTS: _("gửi và theo dõi yêu cầu"),
    Scope.VIEW: _("chỉ xem"),
}
TOPICS = {
    Topic.REQUEST: _("Yêu cầu đi đến đâu"),
    Topic.PAYMENT: _("Khoản phải trả, tiền đã nhận"),
    Topic.POWER_CUT: _("Cắt điện"),
}
ENDS = {
    ConsentEnd.WITHDRAWN: _("đã rút"),
    ConsentEnd.REPLACED: _("đã thay bằng lời khác"),
    ConsentEnd.ERASED: _("đã xóa dữ liệu"),
}
FIELDS = {
    "full_name": _("Họ và tên"),
    "phone": _("Số điện thoại"),
    "email": _("Thư điện tử"),
    "id_number": _("Số định danh"),
    "contact_address": _("Địa chỉ liên hệ"),
    "kind": _("Loại khách hàng"),
}
WISHES = {DataWish.EXPORT: _("Xin bản sao dữ liệu"), DataWish.ERASE: _("Xin xóa dữ liệu")}
WISH_STATES = {
    DataRequestState.OPEN: _("đang chờ"),
    DataRequestState.DONE: _("đã làm"),
    DataRequestState.REFUSED: _("không làm được"),
    DataRequestState.WITHDRAWN: _("đã rút lại"),
}
ALIKE = {
    "ID_NUMBER": _("cùng số định danh"),
    "PHONE": _("cùng số điện thoại"),
    "NAME": _("tên gần giống"),
    "PLACE": _("cùng địa chỉ"),
}
# Channels on which somebody is reached by an address of theirs.
CHANNELS = ("SMS", "ZALO", "MESSENGER", "EMAIL", "WEBCHAT")


def channel(code: str) -> str:
    return gettext("Tin nhắn SMS") if code == "SMS" else channel_words(code)


def purpose(code: str) -> str:
    return gettext(PURPOSES[code]) if code in PURPOSES else code


def field(name: str) -> str:
    return gettext(FIELDS.get(name, name))
