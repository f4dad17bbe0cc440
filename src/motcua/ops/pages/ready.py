"""What the screens show, made through the pages themselves as people make it, or found where a demonstration has it:
a customer with requests at several steps, money in and out of its place, a visit, a talk, targets, partners.
"""

from __future__ import annotations

import json
import random
import re
from datetime import datetime
from typing import Any

from motcua.kernel.local_time import to_local
from motcua.ops.pages.people import People, first, must, wait
from motcua.ops.pages.screens import CAREFUL, CREW, CUSTOMER, DIRECTOR, HOUSEHOLD, NOBODY
from motcua.ops.sign_ins import HOUSEHOLD_PHONE
from motcua.ops.story.browser import Browser, Different, Page
from motcua.ops.story.people import Worker

ID = r"([0-9a-f-]{36})"
NAME = "Nguyễn Thị Hoa"
SUPPLY: dict[str, Any] = {
    "has_meter": "false", "right_to_place": "OWN", "full_name": NAME, "phases": "ONE", "visit_time": "ANY",
}  # fmt: skip
QUESTION: dict[str, Any] = {
    "topic": "OTHER",
    "question": "Cuối tuần điểm giao dịch có làm việc không?",
    "full_name": NAME,
}
ANSWER = "Thưa chị, điểm giao dịch làm việc cả sáng thứ Bảy, từ 7 giờ 30 đến 11 giờ 30."
NO_SECRET = "khong-dung-that"  # the directory is never switched on  # noqa: S105
TARGETS = {"ON_TIME": "95", "FULLY_ONLINE": "80", "DAYS_TO_ENERGISE": "3"}


def make(people: People) -> dict[str, str]:
    """Everything in the brackets of the screens' addresses, by name. Raises Different where a page does otherwise."""
    told = _customer(people)
    _at_work(people, told)
    told |= _card(people, told)
    told |= _of_money(people, told) | _on_the_way(people, told)
    told |= _talk(people) | _without_power(people) | _an_answer(people) | _to_many(people)
    told |= _bills(people)
    told |= _at_the_centre(people) | _partners(people)
    _targets(people)
    people.browser(CAREFUL)
    return told


# ---- the customer


def _customer(people: People) -> dict[str, str]:
    """Four supplies and a question sent, one form left open, signed in, somebody who may act for them."""
    browser = people.browser(CUSTOMER)
    phone = f"090{random.randrange(10**7):07d}"  # codes to one number are few  # noqa: S311
    told = {"phone": phone}
    for step in ("asked", "owing", "visited", "paid"):
        told[step] = _send(browser, _fill(browser, "NEW-LV-RES", _supply(phone)))
    told["settled"] = _send(browser, _fill(browser, "INFO", QUESTION | {"phone": phone}))
    review = _fill(browser, "NEW-LV-RES", _supply(phone))
    told["draft"] = must(first(review, f"/phieu/{ID}/xem-lai/"), review, "form")
    _prove(browser, phone)
    page = browser.get("/cua-toi/nguoi-lam-thay/")
    page = browser.submit(page, page.form(having="ground"), name="Nguyễn Văn Con", phone="0988 765 432")
    told["authority"] = must(first(page, f"nguoi-lam-thay/{ID}/thoi/"), page, "person")
    page = browser.get("/cua-toi/thong-tin/")
    browser.submit(page, page.form(having="wish"))
    return told


def _supply(phone: str) -> dict[str, Any]:
    """A home supply at a house of its own, or the clerks would be warned of a double."""
    house = random.randrange(1, 900)  # noqa: S311
    place = f"Số {house} ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội"
    return SUPPLY | {"phone": phone, "id_number": f"00118{phone[-7:]}", "place_text": place}


def _fill(browser: Browser, service: str, answers: dict[str, Any]) -> Page:
    """Begin a form and answer it page by page; the page where it is looked over."""
    page = browser.get(f"/dich-vu/{service}/")
    page = browser.submit(page, page.form(action="/bat-dau/"))
    for _turn in range(20):
        if "/xem-lai/" in page.url:
            return page
        if "/giay-to/" in page.url:
            return browser.get(page.url.replace("giay-to", "xem-lai"))
        form = page.form(action="/phieu/")
        page = browser.submit(page, form, **{name: answers[name] for name in form.values if name in answers})
    raise Different(f"the form of {service} never came to its end: {page.url} {page.text[:300]!r}")


def _send(browser: Browser, review: Page) -> str:
    page = browser.submit(review, review.form(action="/xem-lai/"))
    found = re.search(r"/theo-doi/([^/]+)/", page.url)
    if found is None:
        raise Different(f"the request could not be sent: {page.url} {page.text[:300]!r}")
    return found[1]


def _prove(browser: Browser, phone: str) -> None:
    """Sign in with the code that the stand-in SMS centre took."""
    page = browser.get("/cua-toi/")
    page = browser.submit(page, page.form(having="phone"), phone=phone)

    def code() -> str:
        texts = json.loads(browser.get(f"/sandbox/sms/inbox.json?phone={phone}").content)["texts"]
        return next((found[1] for text in texts if (found := re.search(r"l[àa] (\d{6})", text["text"]))), "")

    told = wait(code, "No code came to the stand-in phone; does the worker run?")
    browser.submit(page, page.form(having="code"), code=told)


# ---- what staff do with it


def _at_work(people: People, told: dict[str, str]) -> None:
    """One to be paid, one to be visited, one paid in cash; the question answered."""
    business, intake = people.worker("kinhdoanh"), people.worker("tiepnhan")
    for step, cost in (("owing", 450_000), ("visited", 0), ("paid", 98_000)):
        business.act(
            f"/ban-viec/yeu-cau/{told[step]}/", "/buoc/accept/",
            needs_survey="false", cost_vnd=cost, cost_note="15 m cáp và phụ kiện" if cost else "",
        )  # fmt: skip
    intake.act(f"/ban-viec/yeu-cau/{told['settled']}/", "/buoc/answer/", answer=ANSWER)


def _card(people: People, told: dict[str, str]) -> dict[str, str]:
    """The customer's card at the desk, and that of who may act for them."""
    desk, where = people.worker("kinhdoanh").browser, f"/ban-viec/khach-hang/{ID}/"
    page = desk.get(f"/ban-viec/tim/?q={told['phone']}")
    card = must(first(page, where), page, "customer")
    page = desk.get(f"/ban-viec/khach-hang/{card}/")
    return {"card": card, "agent": must(first(page, where, but=(card,)), page, "who may act for them")}


def _of_money(people: People, told: dict[str, str]) -> dict[str, str]:
    """A charge that waits and its payment code, a receipt for cash, money that nobody knows the reason of."""
    intake = people.worker("tiepnhan").browser
    page = people.browser(CUSTOMER).get(f"/theo-doi/{told['owing']}/thanh-toan/")
    code = must(page.data.get("data-payment-code", ""), page, "payment code")
    page = intake.get(f"/quay/thu-tien/?q={told['owing']}")
    charge = must(first(page, f"/quay/thu-tien/{ID}/"), page, "charge")
    page = intake.get(f"/quay/thu-tien/?q={told['paid']}")
    page = intake.get(f"/quay/thu-tien/{must(first(page, f'/quay/thu-tien/{ID}/'), page, 'charge')}/")
    page = intake.submit(page, page.form(having="payer_name"))
    receipt = must(first(page, r"/quay/phieu-thu/([^/]+)/huy/"), page, "receipt")
    people.browser(NOBODY).post_json(
        "/sandbox/bank/pay", {"text": "tien dien nha toi", "amount_vnd": 105_840}
    )
    business = people.worker("kinhdoanh").browser
    case = wait(
        lambda: first(business.get("/ban-viec/tien-treo/"), f"/ban-viec/tien-treo/{ID}/"),
        "The bank's call brought no case; does the worker run?",
    )
    return {"code": code, "charge": charge, "receipt": receipt, "case": case}


def _on_the_way(people: People, told: dict[str, str]) -> dict[str, str]:
    """The visit, its day, and its contract ready to be signed."""
    browser, desk, crew = people.browser(CUSTOMER), people.worker("tiepnhan").browser, people.worker(CREW)
    page = browser.get(f"/theo-doi/{told['visited']}/")
    starts = must(first(page, r'class="lead"><time datetime="([^"]+)"'), page, "visit")
    day = to_local(datetime.fromisoformat(starts)).date().isoformat()
    page = desk.get(f"/ban-viec/lich-hen/?ngay={day}")
    row = next((row for row in page.html.split("<tr>") if f"/{told['visited']}/" in row), "")
    found = re.search(f"/lich-hen/{ID}/to/", row)
    visit = must(found[1] if found else "", page, "visit")
    crew.act(f"/hien-truong/{visit}/giay-to/", "/giay-to/", seen_IDENTITY="yes")
    wait(
        lambda: visit if "/ky/" in crew.browser.get(f"/hien-truong/{visit}/ky/").url else "",
        "No contract came to be signed.",
    )
    return {"visit": visit, "visit_day": day}


def _talk(people: People) -> dict[str, str]:
    """Somebody in the chat who would like to talk with a person."""
    browser, desk = people.browser(CUSTOMER), people.worker("tiepnhan").browser
    for text in ("Nhà tôi mới chuyển đến, muốn mua điện thì cần giấy tờ gì?", "Cho tôi gặp nhân viên"):
        page = browser.get("/chat/")
        browser.submit(
            page,
            next(form for form in page.forms if "/chat/send" in form.action and form.has("text")),
            text=text,
        )
    return {
        "talk": wait(
            lambda: first(desk.get("/ban-viec/hoi-thoai/"), f"/ban-viec/hoi-thoai/{ID}/"),
            "Nobody waits for a person.",
        )
    }


def _bills(people: People) -> dict[str, str]:
    """The household of the demonstration, signed in: its newest bill, its account."""
    browser = people.browser(HOUSEHOLD)
    _prove(browser, HOUSEHOLD_PHONE)
    page = browser.get("/hoa-don/")
    bill = must(first(page, f"/hoa-don/{ID}/"), page, "bill")
    account = must(first(page, r"\b(P[A-Z]\d{11})\b"), page, "account")
    return {"bill": bill, "billed": account}


def _without_power(people: People) -> dict[str, str]:
    """A street whose power is out."""
    intake = people.worker("tiepnhan").browser
    page, pattern = intake.get("/nhan-vien/mat-dien/"), f"/nhan-vien/mat-dien/{ID}/"
    if not (found := first(page, pattern)):
        page = intake.get("/nhan-vien/mat-dien/ghi/")
        form = page.form(having="began_at")
        page = intake.submit(
            page,
            form,
            unit="PD0100",
            place="Phố Hàng Bông, từ số 1 đến số 60",
            streets="phố Hàng Bông",
            cause="UNKNOWN",
        )
        found = must(first(page, pattern), page, "outage")
    return {"outage": found}


def _to_many(people: People) -> dict[str, str]:
    """A notice to many that somebody wrote and nobody has started."""
    business = people.worker("kinhdoanh").browser
    page, pattern = business.get("/nhan-vien/thong-bao/"), f"/nhan-vien/thong-bao/{ID}/"
    if not (found := first(page, pattern)):
        page = business.get("/nhan-vien/thong-bao/them/?cho=UNITS")
        page = business.submit(
            page,
            page.form(having="short_vi"),
            units="PD0100",
            topic="PAYMENT",
            name="Lịch đọc chỉ số mới",
            short_vi="Từ tháng sau, điện lực đọc chỉ số vào ngày 5. Hỏi thêm: {hotline}",
        )
        found = must(first(business.get("/nhan-vien/thong-bao/"), pattern), page, "notice to many")
    return {"mass": found}


def _an_answer(people: People) -> dict[str, str]:
    """What people often ask, with its answer."""
    page, pattern = people.browser(NOBODY).get("/hoi-dap/"), f"/hoi-dap/{ID}/"
    if not (found := first(page, pattern)):
        people.worker("kinhdoanh").act(
            "/nhan-vien/hoi-dap/them/", "/them/", title=QUESTION["question"], answer=ANSWER
        )
        page = people.browser(NOBODY).get("/hoi-dap/")
        found = must(first(page, pattern), page, "answer")
    return {"article": found}


def _at_the_centre(people: People) -> dict[str, str]:
    """What the clerk of an administration centre sent in, and what a portal did."""
    clerk, browser = people.worker("motcuahcc").browser, people.browser(NOBODY)
    page = clerk.get("/quay/phieu-moi/INFO/")
    page = clerk.submit(page, page.form(having="question"), **QUESTION, phone="0977 333 444")
    brought = must(first(page, r"\b([A-Z]{2}\d{2}-\d{6,}-[0-9A-Z])\b"), page, "number")
    page = browser.get("/sandbox/portal/")
    page = browser.submit(page, page.form(having="procedure"), full_name=NAME, id_number="001185012345", phone="0901234567",
                          address="Số 12 ngõ 34 phố Tây Sơn, phường Đống Đa", right="1", phases="1")  # fmt: skip
    dossier = must(first(page, r"\b([A-Z][0-9.]+-\d{6}-\d+)\b"), page, "dossier")
    asked = browser.get("/dang-nhap/cong/DVC-THU/")
    return {"brought": brought, "dossier": dossier, "question": asked.url.partition("?")[2]}


# ---- what is set up


def _partners(people: People) -> dict[str, str]:
    """A portal and where it lets citizens sign in, a bank, a directory of staff (not switched on), a unit, a crew, a person."""
    admin = people.worker("quantri")
    lists = {
        "portal": ("/quan-tri/cong/", r"/quan-tri/cong/([^/\"]+)/"), "provider": ("/quan-tri/cong/", r"/quan-tri/noi-xac-thuc/([^/\"]+)/"),
        "bank": ("/quan-tri/ngan-hang/", r"/quan-tri/ngan-hang/([^/\"]+)/"), "unit": ("/quan-tri/don-vi/", r"/quan-tri/don-vi/([^/\"]+\d[1-9]00)/"),
        "crew": ("/quan-tri/to-cong-tac/", r"/quan-tri/to-cong-tac/([^/\"]+)/"), "person": ("/quan-tri/nhan-vien/", f"/quan-tri/nhan-vien/{ID}/"),
    }  # fmt: skip
    told = {}
    for name, (path, pattern) in lists.items():
        page = admin.browser.get(path)
        told[name] = must(first(page, pattern, but=("them",)), page, name)
    return told | {"directory": _directory(admin)}


def _directory(admin: Worker) -> str:
    pattern = r"/quan-tri/noi-dang-nhap/([^/\"]+)/"
    if not (found := first(admin.browser.get("/quan-tri/noi-dang-nhap/"), pattern)):
        admin.act(
            "/quan-tri/them-noi-dang-nhap/oidc/", "/oidc/", code="danh-ba", name="Danh bạ nhân viên", address="https://sso.example.vn",
            client_id="motcua", secret=NO_SECRET,
        )  # fmt: skip
        page = admin.browser.get("/quan-tri/noi-dang-nhap/")
        found = must(first(page, pattern), page, "directory")
    return found


def _targets(people: People) -> None:
    """What is to be reached this year, at the company and in the country; set once."""
    for worker in (people.worker("giamsat"), people.worker(DIRECTOR)):
        page = worker.browser.get("/bang/muc-tieu/")
        if "/rut/" in page.html:
            continue
        for figure, value in TARGETS.items():
            page = worker.browser.submit(page, page.form(having="figure"), figure=figure, value=value)
            must(first(page, "(/rut/)"), page, "target")
