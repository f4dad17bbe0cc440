"""Who and what stands in the house of the matrix, by the names that rows, requests and answers share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from motcua.config.env import ENV
from motcua.kernel.actors import Actor
from tests.web import people

NOW = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)  # Monday 09:00 in Vietnam
# When numbers were proven: so that a code is still good, and another may be sent.
PROVEN_AT = NOW - timedelta(minutes=6)
UNIT, OTHER_UNIT, CENTRE = "PD0400", "PD0200", "PD0000"
METER = "HN99000001"
OWN_AREA = 900_001  # a number that no area of another company has
SEED = Actor.system("seed")
HERE, NEIGHBOUR, GROUP = "hanoi.localhost", "npc.localhost", "localhost"
OWNER, OTHER, VIEWER, AGENT = "0903777142", "0912345678", "0987654321", "0968123456"
NEWCOMER = "0966111222"
# What of the customer must reach nobody else's eyes.
MARKS = ("Hoàng Thị Mơ", "001185777142", "0903777142", "0903 777 142", "903777142")
UNACCENTED = "hoang thi mo"  # what is looked for, so that the box of the search is no mark
ANSWERS = {**people.HOME_ANSWERS, "full_name": MARKS[0], "id_number": MARKS[1], "phone": OWNER}
QUESTION = {"topic": "PRICE_BILL", "question": "Nhà tôi có 6 người thì tính thế nào?"}
FORM = {
    "ChuHoSo": MARKS[0], "SoDinhDanh": MARKS[1], "SoDienThoai": MARKS[3], "QuyenSuDung": "1", "SoPha": "1",
    "DiaChi": "Số 12 ngõ 34 phố Tây Sơn, phường Đống Đa",
}  # fmt: skip
PORTAL_SECRET, BANK_SECRET, OTHER_SECRET = "p" * 40, "s" * 40, "q" * 40
HEAD_END, OTHER_HEAD_END = "DO-XA", "DO-XA-2"
PARTNER, OTHER_BANK, OTHER_PORTAL = "NHA", ("NHB", "TCB"), "DVC-QG"
EVERYBODY, WITH_CODES, HALF_IN = "moi-viec", "co-ma", "nua-chung"
NEW_PASSWORD = "mua-xuan-den-roi-9"  # noqa: S105 - of nobody
RETURNS_TO = f"{ENV.scheme}://{HERE}/dang-nhap/cong/xong/"
