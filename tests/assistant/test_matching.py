"""Real messages, as people type them. The figures here are what the thresholds in `matching` rest on."""

from time import perf_counter

import pytest

from motcua.assistant import matching
from motcua.kernel.vietnamese import fold
from tests.assistant.talking import SERVICES

CLEAR = [
    ("toi muon mua dien", "NEW-LV-RES"), ("tôi muốn mua điện", "NEW-LV-RES"), ("muốn lắp công tơ mới", "NEW-LV-RES"), ("muon lap cong to moi", "NEW-LV-RES"),
    ("đăng ký điện cho nhà mới", "NEW-LV-RES"), ("dk mua dien sinh hoat", "NEW-LV-RES"),
    ("nhà em mới xây chưa có điện", "NEW-LV-RES"), ("xin lap dien cho nha moi", "NEW-LV-RES"),
    ("can gan dong ho dien o Dong Da", "NEW-LV-RES"), ("TOI MUON MUA DIEN", "NEW-LV-RES"), ("ad ơi cho em hỏi em muốn kéo điện về nhà thì làm sao", "NEW-LV-RES"),
    ("xin cấp điện mới", "NEW-LV-RES"), ("i want a new meter", "NEW-LV-RES"),
    ("mat dien roi", "FAULT"), ("mất điện từ sáng", "FAULT"), ("ad oi nha minh cup dien tu sang toi gio", "FAULT"), ("cúp điện hoài vậy", "FAULT"),
    ("nha toi bi mat dien", "FAULT"), ("điện yếu quá không bật được máy lạnh", "FAULT"), ("power cut since morning", "FAULT"), ("báo mất điện", "FAULT"),
    ("tôi muốn khiếu nại", "COMPLAINT"), ("khiếu nại nhân viên", "COMPLAINT"), ("cong to chay nhanh qua", "COMPLAINT"), ("ghi sai chỉ số", "COMPLAINT"),
    ("tăng công suất lên 3 pha", "CHG-CAPACITY"), ("toi muon doi cong to 3 pha", "CHG-CAPACITY"),
    ("cho em hỏi giá điện", "INFO"), ("lịch cắt điện", "INFO"),
]  # fmt: skip
OTHER = [
    "mạng nhà em bị mất",
    "tiền nước tháng này",
    "ăn cơm chưa",
    "thời tiết hôm nay thế nào",
    "asdfgh",
    "123",
    "vé máy bay đi Đà Nẵng",
    "mua xe máy",
]


class TestMatching:
    @pytest.mark.parametrize(("text", "code"), CLEAR)
    def test_knows_the_service_clearly_and_the_same_without_marks(self, text, code):
        guesses = matching.guess_services(text, SERVICES)

        assert guesses[0].code == code
        assert guesses[0].score >= matching.ACT
        assert len(guesses) == 1 or guesses[0].score - guesses[1].score > matching.CLOSE
        assert guesses == matching.guess_services(fold(text), SERVICES)

    @pytest.mark.parametrize("text", OTHER)
    def test_is_not_sure_of_what_is_none_of_ours(self, text):
        guesses = matching.guess_services(text, SERVICES)

        assert not guesses or guesses[0].score < matching.ACT

    def test_every_declared_name_and_synonym_finds_its_own_service(self):
        for service in SERVICES:
            for text in (service.name.vi, *service.synonyms):
                guesses = matching.guess_services(text, SERVICES)
                best = [g.code for g in guesses if g.score >= guesses[0].score - 0.001]
                assert service.code in best, text

    def test_is_quick(self):
        text = (
            "ad ơi cho em hỏi em muốn kéo điện về nhà mới xây ở xã Tiên Dương thì cần làm thủ tục gì ạ " * 3
        )
        matching.guess_services(text, SERVICES)
        began = perf_counter()
        for _ in range(20):
            matching.guess_services(text, SERVICES)

        assert (perf_counter() - began) / 20 < 0.02
