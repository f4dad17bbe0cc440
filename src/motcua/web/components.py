"""The component test page: every component in every state, in each frame. Development and demo only."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.contrib.messages.storage.base import Message
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from motcua.web import field_views

ZONE = datetime.timezone(datetime.timedelta(hours=7))
ERRORS = (400, 403, 404, 409, 429, 500, 503)
PROVINCES = [
    ("01", "Thành phố Hà Nội"),
    ("31", "Thành phố Hải Phòng"),
    ("48", "Thành phố Đà Nẵng"),
    ("79", "Thành phố Hồ Chí Minh"),
]


class SampleForm(forms.Form):
    """One field of each kind."""

    full_name = forms.CharField(label=_("Họ và tên"), help_text=_("Như trên căn cước công dân"))
    phone = forms.CharField(
        label=_("Số điện thoại"),
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"}),
    )
    email = forms.EmailField(label=_("Thư điện tử"), required=False)
    born = forms.DateField(label=_("Ngày sinh"), widget=forms.SelectDateWidget(years=range(1920, 2011)))
    visit = forms.DateField(label=_("Ngày hẹn"), widget=forms.DateInput)
    purpose = forms.ChoiceField(
        label=_("Mua điện để làm gì?"),
        choices=[
            ("HOME", _("Sinh hoạt gia đình")),
            ("SHOP", _("Kinh doanh, dịch vụ")),
            ("FARM", _("Sản xuất")),
        ],
        widget=forms.RadioSelect,
    )
    devices = forms.MultipleChoiceField(
        label=_("Nhà anh/chị dùng những gì?"),
        choices=[("AC", _("Điều hòa")), ("STOVE", _("Bếp từ")), ("EV", _("Sạc xe điện"))],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    unit = forms.ChoiceField(
        label=_("Điện lực"), choices=[("", "– –"), ("DD", "Đống Đa"), ("CG", "Cầu Giấy")]
    )
    power = forms.DecimalField(label=_("Công suất cần dùng"))
    deposit = forms.IntegerField(label=_("Số tiền"))
    note = forms.CharField(label=_("Điều khác cần nói"), widget=forms.Textarea, required=False)
    papers = forms.FileField(label=_("Ảnh giấy tờ nhà"), help_text=_("Chụp bằng điện thoại, đủ bốn góc"))
    place = forms.Field(label=_("Nơi cần điện"), widget=field_views.PlaceWidget(PROVINCES))
    agreed = forms.BooleanField(label=_("Tôi đồng ý để điện lực dùng thông tin này cho yêu cầu này"))


def _at(day: int, hour: int, minute: int = 0) -> datetime.datetime:
    return datetime.datetime(2018, 12, day, hour, minute, tzinfo=ZONE)


def _steps() -> list[dict[str, Any]]:
    return [
        {
            "title": "Đã nhận yêu cầu",
            "state": "done",
            "at": _at(12, 9, 5),
            "who": "Trung tâm chăm sóc khách hàng",
            "text": "Qua trò chuyện trên trang",
        },
        {"title": "Đã thanh toán 1.250.000 đ", "state": "done", "at": _at(12, 9, 20)},
        {
            "title": "Đến nhà khảo sát và ký hợp đồng",
            "state": "now",
            "at": "9 đến 11 giờ thứ Năm, 13/12",
            "who": "Điện lực Đống Đa",
            "href": "#",
            "href_label": "Đổi lịch hẹn",
        },
        {"title": "Bổ sung giấy tờ", "state": "waiting", "text": "Còn thiếu ảnh mặt sau căn cước"},
        {"title": "Làm thêm cột, kéo dây", "state": "skipped"},
        {"title": "Treo công tơ, đóng điện", "state": "next"},
        {"title": "Đã dừng theo yêu cầu của anh/chị", "state": "stopped"},
    ]


def _messages() -> list[dict[str, Any]]:
    bot = {"direction": "OUT", "author_kind": "BOT", "author_name": "Trợ lý", "kind": "TEXT"}
    return [
        {**bot, "seq": 1, "text": "Chào anh/chị! Anh/chị cần gì về điện?", "at": _at(12, 9)},
        {
            "seq": 2,
            "direction": "IN",
            "author_kind": "CUSTOMER",
            "kind": "TEXT",
            "text": "tôi muốn mua điện cho nhà mới",
            "at": _at(12, 9, 1),
        },
        {
            **bot,
            "seq": 3,
            "at": _at(12, 9, 1),
            "text": "Vâng. Nhà anh/chị ở đâu?\nViết như anh/chị vẫn nói, tên cũ hay mới đều được.",
        },
        {
            "seq": 4,
            "direction": "IN",
            "author_kind": "CUSTOMER",
            "kind": "FILE",
            "at": _at(12, 9, 2),
            "file": {"href": "#", "name": "giay-to-nha.jpg"},
            "state": "failed",
        },
        {"seq": 5, "kind": "EVENT", "text": "Chị Hà vào trò chuyện", "at": _at(12, 9, 3)},
        {
            "seq": 6,
            "direction": "OUT",
            "author_kind": "STAFF",
            "author_name": "Nguyễn Thu Hà",
            "kind": "FORM",
            "at": _at(12, 9, 4),
            "text": "Em gửi chị phiếu đã điền sẵn.",
            "form": {"title": "Phiếu tiếp nhận yêu cầu mua điện sinh hoạt", "href": "#", "text": "Còn 2 câu"},
        },
        {
            **bot,
            "seq": 7,
            "at": _at(12, 9, 5),
            "text": "Anh/chị mua điện để làm gì?",
            "buttons": [{"label": "Sinh hoạt gia đình"}, {"label": "Kinh doanh"}, {"label": "Khác"}],
        },
    ]


def _sample() -> dict[str, Any]:
    wrong = SampleForm(
        {
            "full_name": "",
            "phone": "12",
            "born_day": "31",
            "born_month": "2",
            "born_year": "1980",
            "place_text": "12 ngõ 34 Láng",
            "place_hamlet": "Xóm Đình",
        }
    )
    columns = [
        {"label": "Số yêu cầu"},
        {"label": "Khách hàng"},
        {"label": "Bước"},
        {"label": "Hạn"},
        {"label": "Tiền", "kind": "num"},
    ]
    row_values = [
        ("HN18-000123-K", "Nguyễn Thị Ngọc Ánh", "Khảo sát", "go", "11:00 13/12", "1.250.000 đ", ""),
        ("HN18-000124-M", "Trần Văn Quyền", "Chờ giấy tờ", "wait", "tạm dừng", "0 đ", "soon"),
        ("HN18-000125-P", "Hợp tác xã Đồng Tiến", "Quá hạn", "bad", "16:30 10/12", "18.400.000 đ", "late"),
    ]
    day_lines = [
        {
            "date": datetime.date(2018, 12, 14),
            "kind": "start",
            "name": "Nhận lúc 16:50, sau giờ làm việc",
            "minutes": 0,
        },
        {"date": datetime.date(2018, 12, 15), "kind": "weekend", "name": "", "minutes": 0},
        {"date": datetime.date(2018, 12, 16), "kind": "weekend", "name": "", "minutes": 0},
        {"date": datetime.date(2018, 12, 17), "kind": "work", "name": "", "minutes": 480},
        {"date": datetime.date(2019, 1, 1), "kind": "holiday", "name": "Tết Dương lịch", "minutes": 0},
    ]
    return {
        "form": SampleForm(),
        "wrong": wrong,
        "as_mapping": [
            {
                "kind": "text",
                "name": "commune",
                "label": "Xã, phường",
                "suggestions": ["Láng Thượng", "Láng Hạ"],
                "value": "Láng Thượng",
                "width": 20,
            },
            {
                "kind": "code",
                "name": "proof",
                "label": "Mã gồm 6 số vừa gửi tới điện thoại",
                "help": "Có thể dán cả tin nhắn",
            },
            {"kind": "money", "name": "amount", "label": "Số tiền", "value": "1250000"},
            {
                "kind": "radios",
                "name": "house",
                "label": "Nhà là của ai?",
                "options": [("OWN", "Của tôi"), ("RENT", "Tôi thuê", "Cần tên chủ nhà")],
                "value": "RENT",
            },
            {"kind": "static", "name": "account", "label": "Mã khách hàng", "value": "PD0100012345K"},
            {
                "kind": "text",
                "name": "broken",
                "label": "Số căn cước",
                "error": "Số căn cước gồm 12 chữ số; anh/chị đã nhập 11.",
                "value": "00108100456",
                "inputmode": "numeric",
            },
        ],
        "steps": _steps(),
        "messages_sample": _messages(),
        "columns": columns,
        "rows": [
            {
                "href": "#",
                "id": number,
                "name": number,
                "state": state,
                "cells": [
                    {"text": number},
                    {"text": name},
                    {"text": step, "tone": tone},
                    {"text": due},
                    {"text": money},
                ],
            }
            for number, name, step, tone, due, money, state in row_values
        ],
        "facts": [
            {"key": "Họ và tên", "value": "Nguyễn Thị Ngọc Ánh", "href": "#"},
            {
                "key": "Nơi cần điện",
                "lines": ["Số 12 ngõ 34 đường Láng", "Phường Láng Thượng, Đống Đa, Hà Nội"],
                "href": "#",
            },
            {"key": "Công suất", "value": "5 kW", "href": "#", "action": "Đổi"},
            {"key": "Thư điện tử", "value": "", "href": "#"},
        ],
        "due_at": _at(19, 16, 30),
        "met_at": _at(14, 10, 12),
        "day_lines": day_lines,
        "channels": [
            {"label": "Zalo", "value": 41.2, "text": "41,2 %", "target": 40, "href": "#"},
            {"label": "Trang chăm sóc khách hàng", "value": 22.5, "text": "22,5 %", "target": 25},
            {"label": "Tại quầy", "value": 17, "text": "17 %", "target": 10},
            {"label": "Facebook", "value": 12.6, "text": "12,6 %"},
        ],
        "months": [
            {"label": f"T{month}", "value": value}
            for month, value in enumerate((610, 540, 702, 755, 801, 790, 833, 870, 812, 760, 744, 783), 1)
        ],
        "tabs": [
            {"label": "Tất cả", "href": "#", "count": "1.000+"},
            {"label": "Của tôi", "href": "#", "here": True, "count": 12},
            {"label": "Quá hạn", "href": "#", "count": 0},
        ],
        "extra": {"conversation": "0190"},
        "sample_messages": [
            Message(25, "Đã lưu lịch hẹn mới.", "success"),
            Message(30, "Chưa gửi được tin nhắn cho khách.", "warning"),
        ],
        "unit_name": "Điện lực Đống Đa",
        "crew_name": "Tổ 3 Đống Đa",
        "has_errors": False,
    }


@require_safe
def page(request: HttpRequest, face: str = "customer") -> HttpResponse:
    """All components in the frame of one face."""
    if face not in {"customer", "staff", "crew", "front"}:
        raise Http404
    return render(request, f"components/test_page/{face}.html", _sample())


@require_safe
def error_page(request: HttpRequest, status: int) -> HttpResponse:
    """An error page as people see it."""
    if status not in ERRORS:
        raise Http404
    return render(request, f"errors/{status if status != 409 else 'refused'}.html", status=status)


urlpatterns = [
    path("", page, name="components"),
    path("error/<int:status>/", error_page, name="components_error"),
    path("<slug:face>/", page, name="components_face"),
]
