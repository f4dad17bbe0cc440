import pytest

from motcua.assistant import wording
from motcua.assistant.wording import Command, Topic, ValueKind
from motcua.kernel.vietnamese import fold

DANGERS = [
    "chập điện rồi em ơi", "chap dien o nha toi", "cháy công tơ", "cong to dang chay", "cháy trạm biến áp", "tram bien ap no",
    "có người bị điện giật", "con toi bi dien giat", "đứt dây điện trước cửa", "dut day dien", "dây điện rơi xuống đường",
    "day dien roi xuong duong", "cột điện đổ", "cot dien do xuong duong", "cột điện nghiêng sắp đổ", "có tia lửa ở cột", "mui khet o cong to",
    "nổ trạm điện", "bốc khói ở tủ điện", "rò điện ra nước", "ro dien", "tủ điện bốc cháy", "cháy nhà rồi", "dong ho dien boc chay",
    "o cam bi chay", "nghe tieng no lon roi mat dien", "electric shock", "there are sparks from the pole", "chập cháy điện", "dây rơi giữa đường",
    "cột điện trước nhà nghiêng sắp đổ", "trụ điện đầu ngõ bị nghiêng", "cot dien truoc cua nha toi sap do", "cây đổ vào đường dây",
    "cây bàng ngã đè lên dây điện", "cay do de vao day dien", "phóng điện ở đầu trạm",
]  # fmt: skip
HARMLESS = [
    "toi muon mua dien", "mất điện rồi", "công tơ chạy nhanh quá", "cong to chay nhanh qua", "điện chập chờn", "dien chap chon", "may giat dien khong chay",
    "máy giặt bị hỏng", "đồng hồ chạy sai", "dong ho khong chay", "may lanh khong chay", "cột điện do ai quản lý", "nợ tiền điện", "no tien dien 2 thang",
    "mat dien roi day", "hộ dùng điện", "đồng hồ điện", "tôi muốn đổi công tơ", "đo cột nhà", "chạy máy bơm 3 pha", "xin chuyển cột điện", "muốn dời trụ điện",
    "tiền điện tháng này cao", "chưa rõ điện mấy pha", "nhà số 12 ngõ 34 Tây Sơn", "Nguyễn Văn Cháng", "lắp công tơ mới", "bao giờ có điện",
    "gửi hồ điện", "no", "khong", "đỏ đèn công tơ", "hóa đơn đỏ điện", "trả nợ công tơ cũ", "em đang chạy xe không xem được",
    "văn phòng điện lực gần nhất ở đâu", "van phong dien luc o dau", "phong dien luc dong da", "nhà trọ 6 phòng điện tính sao",
    "cột điện trước nhà do ai quản lý", "cot dien nha toi o nga tu", "cây cạnh đường dây điện muốn chặt", "trồng cây để gần cột điện có sao không",
]  # fmt: skip


class TestDanger:
    @pytest.mark.parametrize("text", DANGERS)
    def test_is_heard_with_and_without_marks_and_in_capitals(self, text):
        assert wording.is_dangerous(text)
        assert wording.is_dangerous(text.upper())
        assert wording.is_dangerous(fold(text)) or "rơi" in text or "hở" in text

    @pytest.mark.parametrize("text", HARMLESS)
    def test_is_not_seen_where_there_is_none(self, text):
        assert not wording.is_dangerous(text)


class TestCommands:
    @pytest.mark.parametrize(
        ("text", "command"),
        [
            ("huỷ", Command.CANCEL), ("Hủy đi em", Command.CANCEL), ("thôi không cần nữa", Command.CANCEL), ("huy phieu", Command.CANCEL),
            ("quay lại", Command.BACK), ("lam lai tu dau", Command.RESTART), ("gặp nhân viên", Command.PERSON),
            ("cho em gap nhan vien voi a", Command.PERSON), ("tôi muốn nói chuyện với người thật", None), ("menu", Command.MENU),
            ("bỏ qua", Command.SKIP), ("cancel", Command.CANCEL), ("talk to a person", Command.PERSON), ("xem lại", Command.SUMMARY),
            ("hủy hợp đồng mua điện cho nhà cũ", None), ("Nguyễn Thị Hủy", None),
        ],
    )  # fmt: skip
    def test_are_whole_messages(self, text, command):
        assert wording.find_command(text) is command

    @pytest.mark.parametrize(
        "text", ["alo", "Alo ad ơi", "xin chào", "chào em", "hello", "ad ơi", "em oi", "alooooo"]
    )
    def test_greetings(self, text):
        assert wording.is_greeting(text)

    @pytest.mark.parametrize(
        ("text", "meant"),
        [
            ("có", True), ("dạ có ạ", True), ("ok em", True), ("uk", True), ("đúng rồi", True), ("không", False), ("ko", False), ("chưa có", False),
            ("dạ không phải", False), ("sai rồi", False), ("nhà số 5", None), ("Có lẽ mai", True), ("rồi", True),
        ],
    )  # fmt: skip
    def test_yes_and_no(self, text, meant):
        assert wording.yes_or_no(text) is meant

    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("3", 3),
            ("số 2", 2),
            ("sửa 4", 4),
            ("sửa số 4", 4),
            ("dòng 1 ạ", 1),
            ("12 ngõ 5", None),
            ("0901234567", None),
        ],
    )
    def test_numbers_of_lines(self, text, number):
        assert wording.choice_number(text) == number

    @pytest.mark.parametrize(
        ("text", "topic"),
        [
            ("mua điện mất bao nhiêu tiền?", Topic.COST),
            ("bao lau thi co dien", Topic.TIME),
            ("cần giấy tờ gì", Topic.PAPERS),
            ("nhà tôi ở đâu", None),
        ],
    )
    def test_topics(self, text, topic):
        assert wording.find_topic(text) is topic

    def test_negation(self):
        assert wording.is_negated("toi khong muon mua dien nua")
        assert wording.is_negated("thôi khỏi lắp công tơ")
        assert not wording.is_negated("tôi muốn mua điện")


class TestValues:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("sdt em 0901234567", [("phone", "+84901234567")]),
            ("gọi +84 901 234 567 nhé", [("phone", "+84901234567")]),
            (
                "cccd 001185012345, sđt 0901.234.567",
                [("id_number", "001185012345"), ("phone", "+84901234567")],
            ),
            ("mã PD01000123456", [("account_code", "PD01000123456")]),
            ("0901234567 à nhầm 0907654321", [("phone", "+84907654321")]),
            ("hoa@gmail.com", [("email", "hoa@gmail.com")]),
            ("nhà số 12 ngõ 34", []),
            ("hotline 19001288", []),
        ],
    )
    def test_are_known_by_their_shape(self, text, found):
        assert [(v.kind.value, v.value) for v in wording.find_values(text)] == found

    def test_request_number(self):
        from motcua.kernel import codes

        number = codes.request_number("HN", 2026, 123)
        assert [
            v.value
            for v in wording.find_values(f"yc {number.lower()} sao roi")
            if v.kind is ValueKind.REQUEST_NUMBER
        ] == [number]
