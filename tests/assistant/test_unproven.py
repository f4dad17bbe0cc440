"""Every wish there is, from an address that proved nothing: not a name, an address, an identity number, an amount."""

from __future__ import annotations

import pytest

from motcua.assistant.understanding import seeds
from motcua.messaging.models import Message
from motcua.requests.models import Request
from tests.assistant.owing_house import HOA, HOA_PHONE, ID_NUMBER, PLACE, WITH_VAT, owing  # noqa: F401 - a fixture
from tests.assistant.test_operations import Visitor

MARKS = (HOA, "Thị Mận", PLACE, "Chùa Láng", ID_NUMBER, "6009988", WITH_VAT, "105.840", "98.000")


def told() -> str:
    rows = Message.objects.filter(direction="OUT").values_list("text", "payload")
    return "\n".join(f"{text}\n{payload}" for text, payload in rows)


CODES = sorted(seeds.intents())
GROUPS = [CODES[start::6] for start in range(6)]


@pytest.mark.parametrize("codes", GROUPS, ids=lambda codes: codes[0])
def test_no_wish_opens_what_is_somebodys(owing, at, codes):  # noqa: F811
    owing.owe(owing.first, owing.hoa)
    number = Request.objects.latest("submitted_at", "id").number
    for code in codes:
        text = seeds.intents()[code].messages[0]
        stranger = Visitor(at)
        stranger.say(f"{text} {owing.first}")
        stranger.say(f"số điện thoại của tôi là {HOA_PHONE}, tên gì ở đâu")
        stranger.say(f"a|{owing.first}", button=f"a|{owing.first}")
        stranger.say("123456")
        stranger.say(f"yêu cầu {number} của ai")

        said = told()
        assert said
        assert [mark for mark in MARKS if mark in said] == [], code
