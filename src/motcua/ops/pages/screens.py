"""Which screens there are: their names, addresses, and who looks at them. No screen is in the house and not here: a test
walks all addresses.

`{...}` in an address is something made ready by `ready.make`. A name is that of its picture's file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

PHONE, DESKTOP = (360, 740), (1280, 800)
COMPANY, GROUP = "hanoi.localhost", "localhost"
SIZES = {"phone": PHONE, "desktop": DESKTOP}

# Who looks, besides staff by their user names.
NOBODY, CUSTOMER, DIRECTOR = "", "customer", "lanhdao"
HOUSEHOLD = "household"  # of the demonstration, with a year of bills
CAREFUL, HALF_IN = "careful", "half-in"  # staff with a second factor: signed in, and asked for the code
CREW = "thicong"

# What anybody may open at a company's site. These are weighed too.
CUSTOMER_PAGES = {
    "home": "/",
    "services": "/dich-vu/",
    "search": "/dich-vu/?tim=muadien",
    "nothing-found": "/dich-vu/?tim=xyzzy",
    "service": "/dich-vu/NEW-LV-RES/",
    "follow": "/theo-doi/",
    "sign-in": "/cua-toi/",
    "pay": "/thanh-toan/",
    "power-cut": "/mat-dien/",
    "check-invoice": "/kiem-tra-hoa-don/",
    "prices": "/gia-dien/",
    "price-calculator": "/gia-dien/tinh-tien/?kwh=250",
    "contact": "/lien-he/",
    "questions": "/hoi-dap/",
    "questions-found": "/hoi-dap/?tim=quen+ma+khach+hang",
    "chat": "/chat/",
    "share": "/chia-se/",
    "resume": "/tiep-tuc/",
    "privacy": "/rieng-tu/",
    "accessibility": "/tro-nang/",
    "offline": "/offline",
}
# The same addresses, to somebody the site knows; what only they may open.
OWN_PAGES = {
    "form": "/phieu/{draft}/place/", "form-papers": "/phieu/{draft}/giay-to/", "form-review": "/phieu/{draft}/xem-lai/",
    "form-discard": "/phieu/{draft}/huy/", "resume-own": "/tiep-tuc/", "share-own": "/chia-se/",
    "request": "/theo-doi/{asked}/", "request-papers": "/theo-doi/{asked}/giay-to/", "request-cancel": "/theo-doi/{asked}/huy/",
    "request-to-pay": "/theo-doi/{owing}/", "request-pay": "/theo-doi/{owing}/thanh-toan/",
    "request-visit": "/theo-doi/{visited}/", "request-move-visit": "/theo-doi/{visited}/lich-hen/",
    "request-done": "/theo-doi/{settled}/", "request-rate": "/theo-doi/{settled}/viec/rate/",
    "request-object": "/theo-doi/{settled}/phan-hoi/",
    "mine": "/cua-toi/", "add-person": "/cua-toi/nguoi-lam-thay/", "end-person": "/cua-toi/nguoi-lam-thay/{authority}/thoi/",
    "own-data": "/cua-toi/thong-tin/", "auto-debit": "/cua-toi/trich-tu-dong/",
    "chat-own": "/chat/",
}  # fmt: skip
# To a household that has bills.
BILL_PAGES = {
    "own-readings": "/cua-toi/chi-so/",
    "bills": "/hoa-don/",
    "bill": "/hoa-don/{bill}/",
    "bill-recount": "/hoa-don/{bill}/tinh-lai/",
    "standing": "/hoa-don/no/",
}
# To somebody who knows an address, and no more.
STRANGER_PAGES = {
    "prove": "/theo-doi/{asked}/",
    "question": "/hoi-dap/{article}/",
    "pay-by-code": "/thanh-toan/{code}/",
    "portal-sign-in": "/sandbox/portal/oidc/authorize?{question}",
}
ERRORS = (403, 404, 429, 500, 503)
# The stand-ins of the outside world and the parts the screens are built of; a demonstration has them.
DEMO_PAGES = {
    "demo": "/sandbox/", "demo-bank": "/sandbox/bank/", "demo-wallets": "/sandbox/wallets/", "demo-sms": "/sandbox/sms/?phone={phone}", "demo-push": "/sandbox/push/",
    "demo-zalo": "/sandbox/zalo/?phone={phone}", "demo-messenger": "/sandbox/messenger/?phone={phone}",
    "demo-mail": "/sandbox/mail/?mail=hoa@example.com", "demo-smpp": "/sandbox/smpp/?phone={phone}",
    "demo-portal": "/sandbox/portal/", "demo-portal-dossier": "/sandbox/portal/ho-so/{dossier}/",
    "demo-tax": "/sandbox/tax/",
    "components": "/components/", "components-front": "/components/front/", "components-staff": "/components/staff/",
    "components-crew": "/components/crew/",
}  # fmt: skip
SIGN_IN_PAGES = {"staff-sign-in": "/nhan-vien/dang-nhap/", "staff-locked": "/nhan-vien/da-khoa/"}
STAFF_PAGES = {
    "tiepnhan": {
        "worklist": "/ban-viec/", "worklist-late": "/ban-viec/?han=qua", "desk-recent": "/ban-viec/gan-day/",
        "desk-for-me": "/ban-viec/cho-toi/", "desk-request": "/ban-viec/yeu-cau/{asked}/",
        "desk-search": "/ban-viec/tim/?q=hoa+tay+son", "desk-call": "/ban-viec/cuoc-goi/?dt={phone}",
        "desk-call-form": "/ban-viec/cuoc-goi/INFO/", "desk-call-note": "/ban-viec/ghi-cuoc-goi/?dt={phone}", "desk-visits": "/ban-viec/lich-hen/?ngay={visit_day}",
        "desk-keys": "/ban-viec/phim-tat/", "conversations": "/ban-viec/hoi-thoai/", "conversations-waiting": "/ban-viec/hoi-thoai/?xem=cho",
        "conversation": "/ban-viec/hoi-thoai/{talk}/",
        "conversation-search": "/ban-viec/hoi-thoai/tim/?q=dien", "ready-answers": "/ban-viec/cau-mau/",
        "counter": "/quay/", "counter-found": "/quay/?q={phone}", "counter-form": "/quay/phieu-moi/NEW-LV-RES/",
        "counter-sent": "/quay/xong/{asked}/", "counter-mine": "/quay/da-nop/", "counter-note": "/quay/ghi-chu/", "counter-cash": "/quay/thu-tien/?q={owing}",
        "counter-cash-take": "/quay/thu-tien/{charge}/", "counter-receipt": "/quay/phieu-thu/{receipt}/",
        "counter-drawer": "/quay/so-quy/", "counter-shifts": "/quay/ca/", "outages": "/nhan-vien/mat-dien/", "outage-add": "/nhan-vien/mat-dien/ghi/",
        "outage-plans": "/nhan-vien/mat-dien/lich/", "outage": "/nhan-vien/mat-dien/{outage}/",
    },
    "kinhdoanh": {
        "desk-check": "/ban-viec/yeu-cau/{asked}/", "answers": "/nhan-vien/hoi-dap/?hoi=quen+ma+khach+hang",
        "mass-notices": "/nhan-vien/thong-bao/", "mass-choose": "/nhan-vien/thong-bao/them/",
        "mass-add": "/nhan-vien/thong-bao/them/?cho=UNITS", "texts": "/nhan-vien/thong-bao/mau/", "mass-notice": "/nhan-vien/thong-bao/{mass}/",
        "answer": "/nhan-vien/hoi-dap/{article}/", "answer-add": "/nhan-vien/hoi-dap/them/", "answer-words": "/nhan-vien/hoi-dap/tu-ngu/",
        "answer-candidates": "/nhan-vien/hoi-dap/cau-chua-hieu/",
        "suspense": "/ban-viec/tien-treo/", "suspense-case": "/ban-viec/tien-treo/{case}/",
        "customer-card": "/ban-viec/khach-hang/{card}/", "customer-merge": "/ban-viec/khach-hang/{card}/gop/{agent}/",
        "customer-data": "/ban-viec/du-lieu-ca-nhan/", "desk-bills": "/ban-viec/hoa-don/?ma={billed}", "desk-bill": "/ban-viec/hoa-don/{bill}/",
    },
    CREW: {
        "crew": "/hien-truong/", "crew-tomorrow": "/hien-truong/ngay-mai/", "crew-unsent": "/hien-truong/cho-gui/", "crew-round": "/hien-truong/ghi-chi-so/",
        "crew-visit": "/hien-truong/{visit}/", "crew-papers": "/hien-truong/{visit}/giay-to/",
        "crew-act": "/hien-truong/{visit}/viec/correct_name/", "crew-sign": "/hien-truong/{visit}/ky/",
    },
    "giamsat": {
        "supervisor": "/ban-viec/giam-sat/", "desk-wall": "/ban-viec/hoi-thoai/bang-truc/",
        "desk-figures": "/ban-viec/hoi-thoai/so-lieu/", "desk-agents": "/nhan-vien/truc/",
        "board": "/bang/", "board-units": "/bang/?theo=unit_code",
        "board-channels": "/bang/?theo=channel&ky=nam", "board-cases": "/bang/ho-so/", "board-money": "/bang/tien/",
        "board-money-cases": "/bang/tien/khoan/", "board-definitions": "/bang/cach-tinh/",
        "board-wall": "/bang/man-hinh-lon/", "board-targets": "/bang/muc-tieu/", "board-close": "/bang/chot/",
    },
    "ketoan": {
        "books": "/tien/so-sach/", "books-trial": "/tien/so-sach/can-doi/", "books-periods": "/tien/so-sach/khoa/",
        "books-close": "/tien/so-sach/khoa/2020-01-06/", "books-accounts": "/tien/so-sach/tai-khoan/",
        "deposits": "/tien/dat-coc/", "deposit-add": "/tien/dat-coc/them/", "late-interest": "/tien/lai-cham-tra/",
        "money": "/tien/", "money-runs": "/tien/phien-tinh/", "money-readings": "/tien/ghi-chi-so/", "money-corrections": "/tien/sua-hoa-don/",
        "virtual-accounts": "/tien/tai-khoan-ao/", "wallet-refunds": "/tien/hoan-tien/vi/",
        "money-rules": "/tien/quy-tac/", "sheet-format": "/tien/quy-tac/mau-bang/",
        "money-terms": "/tien/dieu-kien/", "money-terms-account": "/tien/dieu-kien/{billed}/",
        "money-three-prices": "/tien/ba-gia/", "money-demands": "/tien/cong-suat/?ma={billed}", "money-policies": "/tien/quy-dinh/",
        "money-own-readings": "/tien/anh-chi-so/", "money-rebillings": "/tien/sua-hoa-don/nhieu-ky/",
        "statements": "/tien/sao-ke/", "differences": "/tien/doi-soat/", "refunds": "/tien/hoan-tien/", "debts": "/tien/no-tien-dien/",
        "debt-spared": "/tien/no-tien-dien/mien/", "debt-policies": "/tien/no-tien-dien/chinh-sach/", "debt-account": "/tien/no-tien-dien/ma/{billed}/",
        "invoices": "/tien/hoa-don-dien-tu/", "tax-messages": "/tien/hoa-don-dien-tu/thong-diep/",
    },
    "quantri": {
        "admin": "/quan-tri/", "admin-desk": "/quan-tri/hoi-thoai/", "admin-queue": "/quan-tri/hoi-thoai/hang/1/",
        "admin-queue-add": "/quan-tri/hoi-thoai/hang/them/", "admin-staff": "/quan-tri/nhan-vien/", "admin-staff-add": "/quan-tri/nhan-vien/them/",
        "admin-person": "/quan-tri/nhan-vien/{person}/", "admin-units": "/quan-tri/don-vi/", "admin-unit-add": "/quan-tri/don-vi/them/",
        "admin-unit": "/quan-tri/don-vi/{unit}/", "admin-areas": "/quan-tri/don-vi/{unit}/khu-vuc/", "admin-days": "/quan-tri/ngay/",
        "admin-audit": "/quan-tri/nhat-ky/", "admin-events": "/quan-tri/su-kien/", "admin-portals": "/quan-tri/cong/", "admin-head-ends": "/quan-tri/he-thong-do/",
        "admin-portal-add": "/quan-tri/cong/them/", "admin-portal": "/quan-tri/cong/{portal}/",
        "admin-provider-add": "/quan-tri/noi-xac-thuc/them/", "admin-provider": "/quan-tri/noi-xac-thuc/{provider}/",
        "admin-sign-in": "/quan-tri/noi-dang-nhap/", "admin-sign-in-oidc": "/quan-tri/them-noi-dang-nhap/oidc/",
        "admin-sign-in-ldap": "/quan-tri/them-noi-dang-nhap/ldap/", "admin-sign-in-one": "/quan-tri/noi-dang-nhap/{directory}/",
        "admin-mass": "/quan-tri/thong-bao/", "admin-text": "/nhan-vien/thong-bao/mau/request.received/",
        "admin-channels": "/quan-tri/kenh/", "admin-zalo": "/quan-tri/kenh/zalo/", "admin-mail": "/quan-tri/kenh/thu/",
        "admin-messenger": "/quan-tri/kenh/messenger/", "admin-sms": "/quan-tri/kenh/sms/",
        "admin-banks": "/quan-tri/ngan-hang/", "admin-bank-add": "/quan-tri/ngan-hang/them/", "admin-bank": "/quan-tri/ngan-hang/{bank}/",
        "admin-einvoice": "/quan-tri/hoa-don-dien-tu/", "admin-einvoice-seller": "/quan-tri/hoa-don-dien-tu/nguoi-ban/",
        "admin-wallets": "/quan-tri/vi/", "admin-wallet": "/quan-tri/vi/VNPAY/",
        "admin-crews": "/quan-tri/to-cong-tac/", "admin-crew": "/quan-tri/to-cong-tac/{crew}/",
    },
    "motcuahcc": {
        "clerk": "/quay/", "clerk-form": "/quay/phieu-moi/INFO/", "clerk-mine": "/quay/da-nop/", "clerk-case": "/quay/ho-so/{brought}/",
        "clerk-cancel": "/quay/ho-so/{brought}/huy/",
    },
    CAREFUL: {
        "account": "/nhan-vien/bao-mat/", "account-password": "/nhan-vien/mat-khau/", "account-confirm": "/nhan-vien/xac-nhan/",
        "account-confirm-code": "/nhan-vien/xac-nhan/ma-xac-thuc/", "account-codes": "/nhan-vien/bao-mat/ma-du-phong/",
        "account-codes-new": "/nhan-vien/bao-mat/ma-du-phong/tao/", "account-code-off": "/nhan-vien/bao-mat/go-bo/",
        "account-leave": "/nhan-vien/dang-xuat/",
    },
    HALF_IN: {"staff-sign-in-code": "/nhan-vien/dang-nhap/ma-xac-thuc/"},
}  # fmt: skip
# Setting the second factor up is for who has none: the picture is of one of the others.
STAFF_PAGES["quantri"]["account-code-on"] = "/nhan-vien/bao-mat/cai-dat/"
GROUP_PAGES = {
    "group-board": "/bang/", "group-board-provinces": "/bang/?theo=province_code&ky=nam", "group-definitions": "/bang/cach-tinh/",
    "group-wall": "/bang/man-hinh-lon/", "group-targets": "/bang/muc-tieu/", "group-money": "/bang/tien/", "group-prices": "/quan-tri/gia-dien/",
    "group-price-add": "/quan-tri/gia-dien/them/", "group-close": "/bang/chot/",
}  # fmt: skip
# Heads of the list of pictures, in its order: who looks, at which host.
WHO = {
    (NOBODY, GROUP): "Anybody, at the group's door", (NOBODY, COMPANY): "Anybody", (CUSTOMER, COMPANY): "A customer",
    (HOUSEHOLD, COMPANY): "A household with bills",
    ("tiepnhan", COMPANY): "Intake: desk and counter", ("kinhdoanh", COMPANY): "Business", (CREW, COMPANY): "A crew",
    ("giamsat", COMPANY): "A supervisor", ("ketoan", COMPANY): "An accountant", ("motcuahcc", COMPANY): "A clerk of an administration centre",
    ("quantri", COMPANY): "An administrator", (HALF_IN, COMPANY): "Staff asked for their code",
    (CAREFUL, COMPANY): "Staff, about their sign-in", (DIRECTOR, GROUP): "A director of the group",
}  # fmt: skip


@dataclass(frozen=True)
class Screen:
    """One picture: `name` and `size` make its file's name; `status` is what the address answers."""

    name: str
    path: str
    size: str
    who: str = NOBODY
    host: str = COMPANY
    status: int = 200

    @property
    def file_name(self) -> str:
        return f"{self.name}-{self.size}.webp"


def listed() -> Iterator[Screen]:
    """Every picture: customers' pages on a phone and at a desk, a crew's on a phone, others' at a desk."""
    for size in SIZES:
        for name, path in (CUSTOMER_PAGES | STRANGER_PAGES).items():
            yield Screen(name, path, size)
        for name, path in OWN_PAGES.items():
            yield Screen(name, path, size, CUSTOMER)
        for name, path in BILL_PAGES.items():
            yield Screen(name, path, size, HOUSEHOLD)
        for status in ERRORS:
            yield Screen(f"error-{status}", f"/components/error/{status}/", size, status=status)
        yield Screen("group", "/", size, host=GROUP)
    for name, path in (DEMO_PAGES | SIGN_IN_PAGES).items():
        yield Screen(name, path, "desktop")
    for who, pages in STAFF_PAGES.items():
        for name, path in pages.items():
            yield Screen(name, path, "phone" if who == CREW else "desktop", who)
    for name, path in GROUP_PAGES.items():
        yield Screen(name, path, "desktop", DIRECTOR, GROUP)
