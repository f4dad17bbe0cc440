"""What is asked and posted at each address, where an empty form would be refused before anybody asks whose it is.

A name is an address, or an address and one of its other acts.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from motcua.channels import credentials
from motcua.connectors import signed_calls
from motcua.outages import plans
from motcua.sandbox import portal
from motcua.web.board import handovers
from tests.documents import samples
from tests.permissions import book_rows, debt_rows, deposit_rows, invoice_rows, matching_rows, wallet_rows
from tests.permissions.house import House
from tests.permissions.names import (
    CENTRE,
    EVERYBODY,
    FORM,
    MARKS,
    METER,
    NEW_PASSWORD,
    NEWCOMER,
    NOW,
    OTHER_UNIT,
    OWNER,
    QUESTION,
    UNACCENTED,
    UNIT,
)
from tests.permissions.reading_rows import POLICY, REBILLED, TERMS, TRIED
from tests.permissions.rows import CREW_NAMES
from tests.web import people

numbers = itertools.count()


def picture() -> SimpleUploadedFile:
    return SimpleUploadedFile("anh.jpg", samples.jpeg(), "image/jpeg")


def plan() -> SimpleUploadedFile:
    """A sheet with one planned interruption of the unit."""
    lines = [";".join(row) for row in (plans.TEMPLATE, plans.EXAMPLE)]
    return SimpleUploadedFile("lich.csv", "\n".join(lines).encode(), "text/csv")


def sheet_of_readings() -> SimpleUploadedFile:
    """One reading of a meter of the unit."""
    return SimpleUploadedFile(
        "chi-so.csv", f"Số công tơ;Ngày ghi;KT\n{METER};05/11/2026;7\n".encode(), "text/csv"
    )


def bodies(house: House) -> dict[str, Callable[[], dict[str, Any]]]:
    """What is posted where a post without content would be refused before anybody asks whose it is."""
    things = house.things
    person = {
        "name": "Ai Đó",
        "unit": UNIT,
        "roles": ["INTAKE"],
        "username": "moi.vao",
        "phone": "",
        "email": "",
    }

    def code(purpose: str) -> dict[str, str]:
        sent = things["codes"][purpose]
        return {"proof": str(sent.id), "code": sent.code_to_send}

    door = {"name": "Mới", "client_id": "motcua", "secret": "x" * 20, "recheck_minutes": "10"}
    return {
        "desk:act": lambda: {"text": "xin chào"},
        "desk:act giao-viec": lambda: {"assignee": f"staff:{things['crew_ids'][1]}"},
        "desk:act bo-sung": lambda: {"papers": ["IDENTITY"], "reason": "mờ"},
        "desk:act them-giay-to": lambda: {"paper_IDENTITY": picture()},
        "desk:act chuyen-don-vi": lambda: {"unit": OTHER_UNIT, "reason": "nhầm"},
        "desk:act giai-trinh": lambda: {"party": "COMPANY", "reason": "thiếu người"},
        "desk:act khach-phan-hoi": lambda: {"reason": "không đồng ý"},
        "desk:act khach-huy": lambda: {"reason": "thôi"},
        "desk:act tu-choi": lambda: {"reason": "ngoài địa bàn"},
        "desk:act mo-lai": lambda: {"reason": "nhầm"},
        "desk:advance": lambda: {"needs_survey": "false", "cost_vnd": "0"},
        "desk:advance answer": lambda: {"answer": "Như một hộ."},
        "desk:customer-act": lambda: {"full_name": "Hoàng Thị Mới", "reason": "sai tên"},
        "desk:customer-act noi-kenh": lambda: {"channel": "ZALO", "address": "z1", "reason": "xem CCCD"},
        "desk:customer-act dong-y": lambda: {"purpose": "NEWS", "channel": "SMS"},
        "desk:customer-act xin-du-lieu": lambda: {"wish": "EXPORT"},
        "desk:customer-act tach": lambda: {"merge": str(things["owner_id"]), "reason": "nhầm"},
        "desk:customer-act tu-choi-du-lieu": lambda: {"asked": str(things["data_request_id"]), "reason": "còn hợp đồng"},
        "desk:customer-act xoa": lambda: {"reason": "khách xin", "sure": "true"},
        "desk:customer-merge": lambda: {"reason": "cùng một người"},
        "customer:own-data": lambda: {"wish": "EXPORT"},
        "desk:call-form": lambda: {**QUESTION, "full_name": "Ai Đó", "phone": NEWCOMER},
        "counter:new": lambda: {**QUESTION, "full_name": "Ai Đó", "phone": NEWCOMER},
        "desk:phone-note": lambda: {"topic": "BILL", "direction": "IN", "summary": "Hỏi hóa đơn tháng 10"},
        "counter:note": lambda: {"topic": "BILL", "summary": "Hỏi hóa đơn tháng 10"},
        "desk:conversation": lambda: {"text": "chào chị"},
        "desk:conversation-act": lambda: {"viec": "nhan"},
        "desk:conversation-act thay": lambda: {"viec": "thay"},
        "desk:conversation-act tro-ly": lambda: {"viec": "tro-ly"},
        "desk:conversation-act hang-cho": lambda: {"viec": "hang-cho"},
        "desk:conversation-act ket-thuc": lambda: {"viec": "ket-thuc"},
        "desk:canned": lambda: {"title": "Hẹn", "shortcode": "hen", "text": "Em gọi lại ạ"},
        "desk:canned-answer": lambda: {"title": "Chào", "shortcode": "chao", "text": "Dạ", "is_shared": "on"},
        "desk:duty": lambda: {"viec": "truc"},
        "desk:duty other's": lambda: {"viec": "vang", "ai": str(things["staff_id"])},
        "desk:conversation-route": lambda: {"viec": "chuyen-hang", "hang": str(things["queue_id"]), "loi-nhan": "gấp"},
        "desk:conversation-route hen": lambda: {"viec": "hen", "den": "mot-gio"},
        "staff:desk-person": lambda: {"so-cuoc": "5"},
        "staff:desk-label": lambda: {"ten": "Gọi lại", "mau": "go", "dung": "1"},
        "staff:desk-rules": lambda: {"idle_days": "5", "away_minutes": "30", "rating_days": "30"},
        "staff:desk-queue-add": lambda: {"name": "Khiếu nại", "place": "9", "is_active": "on"},
        "staff:desk-queue": lambda: {"name": "Sự cố điện", "place": "1", "is_active": "on"},
        "desk:conversation-form": lambda: {"dich-vu": "INFO"},
        "desk:many": lambda: {"viec": "in-phieu", "yeu-cau": [str(things["request_id"])]},
        "desk:many in-bo": lambda: {"viec": "in-bo", "yeu-cau": [str(things["request_id"])]},
        "desk:many giao": lambda: {
            "viec": "giao", "yeu-cau": [str(things["request_id"])], "giao-cho": f"staff:{things['crew_ids'][1]}"
        },
        "desk:many nhac": lambda: {"viec": "nhac", "yeu-cau": [str(things["waiting_id"])]},
        "desk:hand-over": lambda: {"tu": things["crew_ids"][0], "den": things["crew_ids"][1]},
        "desk:absence-add": lambda: {
            "ai": str(things["staff_id"]), "tu-ngay": "2026-12-10", "di-lam": "2026-12-12", "ly-do": "LEAVE"
        },
        "desk:list-keep": lambda: {"ten": "x"},
        "desk:suspense-act": lambda: {"viec": "tra-lai", "ghi_chu": "nhầm"},
        "desk:suspense-act khoan-thu": lambda: {"viec": "khoan-thu", "tim": things["payment_code"]},
        "money:readings": lambda: {"tep": sheet_of_readings(), "viec": "nhap", "nguon": "SHEET"},
        "money:policies": lambda: POLICY | {"unit_code": "", "norm_rounding": "NONE"},
        "money:policy-act": lambda: {"viec": "khong", "ly_do": "x"},
        "money:terms-account": lambda: TERMS,
        "money:demands": lambda: {"ma": TRIED, "bill": house.things["tried_bill_id"], "kw": "1500.5", "source": "x"},
        "money:terms-act": lambda: {"viec": "khong", "ly_do": "x"},
        "money:own-reading-act": lambda: {"viec": "khong", "ly_do": "x"},
        "money:rebillings": lambda: {
            "account_code": REBILLED, "wrong": "QUOTA", "quotas": "2", "kind": "ADJUST", "reason": "x", "viec": "gui",
            "wrong_since": "2026-09-01",
        },
        "money:rebilling-act": lambda: {"viec": "khong", "ly_do": "x"},
        "field:rounds": lambda: {
            "ma": house.of_address["customer:own-reading-send"]["account"], "ngay": NOW.date().isoformat(),
            f"so_CT{house.of_address['customer:own-reading-send']['account'][-6:]}_KT": "100",
        },
        "customer:own-reading-send": lambda: {"so_KT": "100", "anh": picture()},
        "customer:own-reading": lambda: {"viec": "dung"},
        "money:correct": lambda: {"kind": "REPLACE", "kwh": "310", "reason": "x"},
        "money:correction-act": lambda: {"viec": "khong", "ly_do": "x"},
        "money:runs": lambda: {"unit": UNIT, "day": "2026-11-04", "viec": "lap"},
        "money:run-act": lambda: {"viec": "bo-sung"},
        **matching_rows.bodies(),
        **deposit_rows.bodies(house.things),
        **invoice_rows.bodies(house.things),
        **debt_rows.bodies(),
        "money:invoice-act": lambda: {"viec": "thong-bao", "cach": "4", "ly_do": "sai tên đường"},
        "money:tax-message-act": lambda: {"viec": "gui-lai"},
        "desk:visit-assign": lambda: {"to": "T1"},
        "counter:cash-take": lambda: {"amount_vnd": "105840", "payer_name": "Ai", "key": "k1"},
        "counter:receipt-void": lambda: {"reason": "nhầm"},
        "counter:case-papers": lambda: {"paper_IDENTITY": picture()},
        "counter:case-cancel": lambda: {"reason": "thôi"},
        "counter:case-hand": lambda: {"receiver": "Lê Văn Nam"},
        "staff:person": lambda: {**person},
        "staff:person-add": lambda: {**person},
        "staff:person afar": lambda: {**person, "unit": CENTRE},
        "staff:person reaching": lambda: {**person},
        "staff:person-add afar": lambda: {**person, "unit": CENTRE},
        "staff:person-act reaching": lambda: {"viec": "mat-khau"},
        "staff:person-act": lambda: {"viec": "khoa"},
        "staff:person-act mat-khau": lambda: {"viec": "mat-khau"},
        "staff:person-act cap-quyen": lambda: {"viec": "cap-quyen", "role": "BUSINESS", "unit": UNIT},
        "staff:person-act cap-quyen-afar": lambda: {"viec": "cap-quyen", "role": "BUSINESS", "unit": CENTRE},
        "staff:person-act bo-quyen": lambda: {"viec": "bo-quyen", "role": "INTAKE", "unit": UNIT},
        "staff:unit": lambda: {"name": "Đống Đa"},
        "staff:unit-add": lambda: {
            "code": "PD0499", "name": "Mới", "kind": "DESK", "parent": UNIT, "valid_from": "01/12/2026"
        },
        "staff:unit-add afar": lambda: {
            "code": "PD0499", "name": "Mới", "kind": "DESK", "parent": CENTRE, "valid_from": "01/12/2026"
        },
        "staff:outage-add": lambda: {
            "unit": UNIT, "place": "Phố Láng", "streets": "Láng", "cause": "LINE", "began_at": "2026-11-16T08:30"
        },
        "staff:outage-act": lambda: {"viec": "co-dien"},
        "staff:outage-plans": lambda: {"tep": plan(), "viec": "nhap"},
        "staff:mass-add": lambda: {
            "cho": "UNITS", "units": [UNIT], "name": "Lịch mới", "topic": "POWER_CUT", "kind": "TRANSACTIONAL", "channels": ["SMS"],
            "short_vi": "Lịch ghi chỉ số mới.", "day_from": "07:00", "day_to": "21:00",
        },
        "staff:mass-act": lambda: {"viec": "dung-han", "ly-do": "nhầm"},
        "staff:price-decision-add": lambda: {
            "number": "99/QĐ-BCT", "issued_on": "10/11/2026", "average_vnd": "2300", "valid_from": "01/01/2027",
            "source": "Quyết định 99", "structure": "same",
        },
        "staff:price-decision": lambda: {"act": "save", "p-HOME--TIER-1": "2100"},
        "staff:mass-policy": lambda: {"four_eyes_above": "500", "price_SMS": "350"},
        "staff:text": lambda: {
            "dang": "SHORT", "viec": "luu", "vi": "{brand}: {number} {link}", "en": "{brand}: {number} {link}", "reason": "gọn", "after": "0"
        },
        "staff:article-add": lambda: {"title": "Khi nào ghi chỉ số?", "answer": "Cuối tháng.", "state": "PUBLISHED"},
        "staff:article": lambda: {
            "title": "Trả tiền ở đâu?", "answer": "Ở trang này.", "state": "PUBLISHED", "version": "1"
        },
        "staff:words": lambda: {"same": "điện thế, điện áp", "empty": "ạ"},
        "staff:candidate-act": lambda: {"viec": "ghi", "intent": "bill_lookup"},
        "staff:areas": lambda: {"province": "01", "district": "Xa Lắm", "valid_from": "01/12/2026"},
        "staff:area-end": lambda: {"valid_to": "01/12/2026"},
        "staff:days": lambda: {"date": "02/12/2026", "is_working": "0", "name": "Nghỉ bão"},
        "staff:mail": lambda: {
            "mailbox": "cskh@dienluc.example.vn", "sender_name": "Điện lực", "password": "s", "imap_host": "imap.example.vn",
            "imap_port": "993", "imap_security": "tls", "smtp_host": "smtp.example.vn", "smtp_port": "587",
            "smtp_security": "starttls", "per_minute": "60",
        },
        "staff:sms": lambda: {
            "way": "SMPP", "sender_name": "EVNHANOI", "host": "smsc.example.vn", "port": "2775", "security": "PLAIN", "system_id": "evn",
            "password": "s", "bind": "TRANSCEIVER", "long_messages": "UDH", "receipt_ids": "AS_IT_IS", "window": "10",
            "per_second": "20", "answers_per_day": "5", "other_words": "TALK",
        },
        "staff:sms-act": lambda: {"viec": "smpp-thu"},
        "staff:mail-act": lambda: {"viec": "thu"},
        "staff:zalo": lambda: {
            "oa_id": "9998887776665554443", "app_id": "1234567890123456789", "app_secret": "s", "mac": "app_id",
            "pkce_mode": "per_request",
        },
        "staff:zalo-act": lambda: {"viec": "xin-quyen"},
        "staff:messenger": lambda: {
            "page_id": "100200300400500", "app_id": "1234567890123456", "sender_name": "Điện lực", "page_token": "t",
            "app_secret": "s", "version": "v25.0",
        },
        "staff:messenger-act": lambda: {"viec": "thu"},
        "staff:portal-add": lambda: {
            "code": "DVC-MOI", "name": "Mới", "format": "PROVINCIAL", "agency": "H99", "callback_url": "", "procedures": ""
        },
        "staff:portal": lambda: {"callback_url": "https://moi.example.vn/", "procedures": ""},
        "staff:portal-act": lambda: {"viec": "tat"},
        "staff:portal-act khoa-moi": lambda: {"viec": "khoa-moi", "dong-y": "1"},
        "staff:head-ends": lambda: {"code": "DO-MOI", "name": "Mới", "unit_code": CENTRE, "calls_per_minute": "60"},
        "staff:head-end": lambda: {"unit_code": CENTRE, "calls_per_minute": "60"},
        "staff:head-end-act": lambda: {"viec": "tat"},
        "staff:head-end-act khoa-moi": lambda: {"viec": "khoa-moi", "dong-y": "1"},
        "staff:provider-add": lambda: {"code": "MOI", **door, "issuer": "https://moi.example.vn", "scope": "openid"},
        "staff:provider": lambda: {**door, "issuer": "https://moi.example.vn", "scope": "openid"},
        "staff:provider-act": lambda: {"viec": "tat"},
        "staff:directory-add": lambda: {"code": "moi", **door, "address": "https://moi.example.vn"},
        "staff:directory": lambda: {**door, "address": "https://moi.example.vn"},
        "staff:directory-act": lambda: {"viec": "tat"},
        "staff:bank-add": lambda: {"code": "NHMOI", "name": "Mới", "bank": "NHMOI"},
        "staff:bank-act": lambda: {"viec": "tat"},
        "staff:bank-act khoa-moi": lambda: {"viec": "khoa-moi", "dong-y": "1"},
        "staff:bank-act them-khoa": lambda: {"viec": "them-khoa"},
        "staff:bank-act het-khoa": lambda: {"viec": "het-khoa", "khoa": house.things["bank_key_id"]},
        "staff:bank-act gioi-han": lambda: {"viec": "gioi-han", "muc-calls_per_minute": 9},
        "staff:bank-act gio-chot": lambda: {"viec": "gio-chot", "chot-valid_from": "2040-01-01", "chot-ends_at": "16:30"},
        "staff:bank-policy": lambda: {
            "valid_from": "2040-01-01", "order": "OLDEST_DUE", "hold_seconds": 60, "source": "x"
        },
        "staff:crew": lambda: {"members": [str(id) for id in things["crew_ids"]]},
        "staff:event-act": lambda: {"viec": "bo"},
        "staff:event-act lai": lambda: {"viec": "lai"},
        "board:targets": lambda: {
            "figure": "ON_TIME", "unit_code": "", "company_code": "", "starts": "01/01/2026", "last": "31/12/2026",
            "value": "0,97",
        },
        "board:targets unit": lambda: {
            "figure": "ON_TIME", "unit_code": UNIT, "company_code": "", "starts": "01/01/2026", "last": "31/12/2026",
            "value": "0,97",
        },
        "board:closing": lambda: {"thang": "2026-10", "reason": "x"},
        "field:act": lambda: {"full_name": "Hoàng Thị Mơ", "reason": "thiếu dấu"},
        "field:papers": lambda: {"paper_IDENTITY": picture()},
        "field:sign": lambda: signatures(),
        "customer:draft-papers": lambda: {"IDENTITY": picture()},
        "customer:papers": lambda: {"IDENTITY": picture()},
        "customer:cancel": lambda: {"reason": "thôi"},
        "customer:object": lambda: {"text": "chưa đúng"},
        "customer:notices": lambda: {"REQUEST": ["SMS"]},
        "customer:person-add": lambda: {"name": "Lê Văn Ba", "phone": "0977123456", "scope": "ALL", "period": "365"},
        "customer:act-for": lambda: {"who": str(things["owner_id"])},
        "customer:act": lambda: {"score": "5"},
        "customer:say-who": lambda: {"proof": str(things["owner_proof"]), "who": str(things["owner_id"])},
        "customer:enter-code": lambda: code("FOLLOW"),
        "customer:enter-code wrong": lambda: {**code("FOLLOW"), "code": "x"},
        "customer:enter-with-code": lambda: code("SIGN_IN"),
        "customer:enter-with-code wrong": lambda: {**code("SIGN_IN"), "code": "x"},
        "customer:enter-word": lambda: {"word": things["code_word"]},
        "customer:enter-word wrong": lambda: {"word": "không phải"},
        "customer:draft-page": lambda: {"topic": "PRICE_BILL"},
        "customer:share": lambda: {"anh": picture()},
        "customer:share-give": lambda: {"so": things["number"], "anh": picture()},
        "customer:resume": lambda: {"ma": things["resume_code"]},
        "customer:check-invoice": lambda: {"ky_hieu": "1K26TTD", "so": "1", "mst": "0100101114-019", "tong": "1"},
        "customer:owed": lambda: {"ma": things["payment_code"]},
        "customer:follow": lambda: {"so": things["number"]},
        "customer:send-code": lambda: {"phone": OWNER},
        "customer:send-code other-number": lambda: {"phone": NEWCOMER},
        "customer:enter-send": lambda: {"phone": NEWCOMER},
        "customer:visit": lambda: {"window": things["window"]},
        "customer:this-browser": lambda: {
            "endpoint": "https://fcm.googleapis.com/fcm/send/x", "p256dh": "p" * 87, "auth": "a" * 22
        },
        "chat:send": lambda: {"text": "xin chào"},
        "look": lambda: {"language": "en"},
        "account_login": lambda: {"login": EVERYBODY, "password": people.PASSWORD},
        "account_change_password": lambda: {
            "oldpassword": people.PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD
        },
        "account_reauthenticate": lambda: {"password": people.PASSWORD},
        **dict.fromkeys(("mfa_authenticate", "mfa_reauthenticate", "mfa_activate_totp"), lambda: {"code": _code_now(house)}),
        **{name: lambda told=told: dict(told) for name, told in book_rows.FORMS.items()},
        **{name: lambda told=told: dict(told) for name, told in wallet_rows.FORMS.items()},
        "sandbox:clock": lambda: {"advance": "1h"},
        "sandbox:sms-reply": lambda: {"phone": NEWCOMER, "text": "xin chào"},
        "sandbox:smpp-reply": lambda: {"phone": NEWCOMER, "text": "xin chào"},
        "sandbox:mail-write": lambda: {"mail": "hoa@example.com", "text": "xin chào"},
        "sandbox:zalo-say": lambda: {"phone": NEWCOMER, "text": "xin chào"},
        "sandbox:zalo-act": lambda: {"phone": NEWCOMER, "act": "silent"},
        "sandbox:messenger-say": lambda: {"phone": NEWCOMER, "text": "xin chào"},
        "sandbox:messenger-act": lambda: {"phone": NEWCOMER, "act": "silent"},
        "sandbox:portal": lambda: {"viec": "cap-ma"},
        "sandbox:portal-dossier": lambda: {"viec": "loi-gia-lap"},
        "sandbox:portal-oidc-authorize": lambda: {"nguoi": "0"},
        "sandbox:portal-oidc-token": lambda: things["redeeming"],
        "sandbox:bank": lambda: {"told": things["payment_code"], "amount_vnd": "1000"},
    }  # fmt: skip


def form(house: House, name: str) -> dict[str, Any]:
    """What is posted there; an empty form where nothing is named."""
    return bodies(house).get(name, dict)()


def query(house: House, name: str) -> str:
    """What is looked for where a page shows nothing before something is, or who comes back from elsewhere."""
    things = house.things
    wanted = {
        "/healthz": {"only": "pages"},  # here is no worker to be healthy
        "desk:search": {"q": UNACCENTED},
        "desk:call": {"q": UNACCENTED},
        "counter:home": {"q": UNACCENTED},
        "counter:cash": {"q": things["payment_code"]},
        "desk:visits": {"ngay": things["visit_day"]},
        "desk:visits-print": {"ngay": things["visit_day"]},
        "board:cases": {"chi-tieu": "RECEIVED"},
        "board:handover": {"company_code": "HANOI"},
        "customer:portal-return": things["came_back"],
        "sandbox:sms-inbox": {"phone": NEWCOMER},
        "sandbox:smpp-inbox": {"phone": NEWCOMER},
        "sandbox:zalo-lines": {"phone": NEWCOMER},
        "sandbox:messenger-lines": {"phone": NEWCOMER},
        "sandbox:mail-letters": {"mail": "hoa@example.com"},
        "sandbox:portal-oidc-authorize": things["sign_in"],
    }.get(name)
    if name == "board:enter":
        wanted = {"p": handovers.make_pass(director="director-1", company_code="HANOI", question="")}
    return f"?{urlencode(wanted)}" if wanted else ""


def signatures() -> dict[str, str]:
    """The customer and both of the crew write their names."""
    names = {"customer": MARKS[0], "staff1": CREW_NAMES[0], "staff2": CREW_NAMES[1]}
    typed = {f"{who}_typed": name for who, name in names.items()}
    return typed | {f"{who}_confirmed": "yes" for who in names}


def _code_now(house: House) -> str:
    """What the application on the phone shows."""
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(format_hotp_value(hotp_value(house.things["totp_secret"], counter)))


MACHINES: dict[str, Callable[[House], Any]] = {
    "api-public:quote": lambda house: {"group": "HOME", "from": "2026-03-15", "to": "2026-04-15", "kwh": 75},
    "api-public:send": lambda house: {"service": "INFO", "answers": QUESTION},
    "api-banks:notify": lambda house: {
        "txn_id": "FT9", "amount_vnd": 105_840, "text": house.things["payment_code"], "paid_at": NOW.isoformat()
    },
    "api-banks:inquire": lambda house: {"payment_code": house.things["payment_code"]},
    "api-banks:pay_status": lambda house: {"txn_id": "FT0"},
    "api-banks:pay": lambda house: {
        "txn_id": "FT5", "charge_id": str(house.things["charge_id"]), "amount_vnd": 105_840, "paid_at": NOW.isoformat()
    },
    "api-banks:hold": lambda house: {
        "txn_id": "FT6", "charge_id": str(house.things["charge_id"]), "amount_vnd": 105_840
    },
    "api-banks:confirm": lambda house: {"txn_id": "FT7", "paid_at": NOW.isoformat()},
    "api-banks:release": lambda house: {"txn_id": "FT7"},
    "api-banks:reverse": lambda house: {"txn_id": "FT8", "original_txn_id": "FT5", "amount_vnd": 105_840},
    "api-banks:daily_file": lambda house: {"date": NOW.date().isoformat()},
    "api-banks:reconcile": lambda house: {"date": NOW.date().isoformat(), "lines": [], "totals": {"count": 0, "amount_vnd": 0}},
    "api-portals:submit": lambda house: {
        "dossier_number": "H26.17.15-261116-0002", "procedure": "1.008801", "province_code": "01",
        "submitted_at": NOW.isoformat(), "form": dict(FORM),
    },
    "api-meters:take": lambda house: {
        "batch_id": "b1", "readings": [{"id": "r1", "meter": METER, "register": "KT", "at": NOW.isoformat(), "value": 1}]
    },
    "api-meters:take_demands": lambda house: {"demands": [{"account": TRIED, "month": "2026-10", "kw": "1500.5"}]},
    "api-portals:supplement": lambda house: {"supplement_id": "s1", "file_ids": [], "remark": "x"},
    "api-portals:withdraw": lambda house: {"reason": "thôi"},
    "sandbox:sms-take": lambda house: {
        "ApiKey": "HANOI", "SecretKey": credentials.stand_in_secret(settings.SECRET_KEY, "HANOI", "SMS"),
        "Phone": NEWCOMER, "Content": "xin chào", "RequestId": "r1",
    },
    "sandbox:bank-pay": lambda house: {"text": house.things["payment_code"], "amount_vnd": 1_000},
    "sandbox:portal-callbacks": lambda house: {
        "dossier_number": house.things["expected"], "seq": 1, "status": 2, "status_name": "Đã nhận",
        "request_number": house.things["number"],
    },
}  # fmt: skip


def headers_of(house: House, name: str, path: str, body: bytes) -> dict[str, str]:
    """What else goes with it."""
    if name == "sandbox:portal-callbacks signed":
        return signed_calls.signed_headers(
            partner_code=portal.PORTAL, secret=portal.demo_secret("HANOI"), method="POST", path=path,
            request_id=f"r{next(numbers)}", body=body, at=NOW,
        )  # fmt: skip
    if name == "sandbox:portal-oidc-userinfo token":
        return {"Authorization": f"Bearer {house.things['token']}"}
    return {"Idempotency-Key": "0b0e7c1e-0000-4000-8000-000000000001"}
