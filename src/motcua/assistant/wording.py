"""Folding, commands, dangers, values and cues in what people type. Pure; with marks or without."""

# ruff: noqa: E501 - tables of words and patterns read better on one line

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from motcua.assistant.understanding import slots
from motcua.kernel import vietnamese

MOST_CHARACTERS = 1000


class Command(StrEnum):
    """What always works, whatever is open."""

    CANCEL = "CANCEL"
    BACK = "BACK"
    RESTART = "RESTART"
    PERSON = "PERSON"
    MENU = "MENU"
    SKIP = "SKIP"
    SUMMARY = "SUMMARY"


class ValueKind(StrEnum):
    PHONE = "phone"
    ID_NUMBER = "id_number"
    ACCOUNT_CODE = "account_code"
    EMAIL = "email"
    REQUEST_NUMBER = "request_number"


@dataclass(frozen=True)
class Value:
    """A value recognised by its shape."""

    kind: ValueKind
    value: str
    start: int


# Polite words around a message; they carry no meaning for commands and matching.
_FILLERS = frozenset(
    [
        "a",
        "ak",
        "ah",
        "ad",
        "admin",
        "anh",
        "ban",
        "be",
        "bo",
        "c",
        "chi",
        "cho",
        "chu",
        "co",
        "con",
        "cu",
        "da",
        "di",
        "dum",
        "e",
        "em",
        "gium",
        "giup",
        "hen",
        "hi",
        "ho",
        "ma",
        "minh",
        "na",
        "nha",
        "nhe",
        "nhi",
        "nhung",
        "nua",
        "o",
        "oi",
        "roi",
        "shop",
        "t",
        "thi",
        "toi",
        "u",
        "uh",
        "um",
        "vay",
        "vang",
        "voi",
        "y",
    ]
)
_ABBREVIATIONS = {
    "ko": "khong", "k": "khong", "kg": "khong", "hok": "khong", "hem": "khong", "hong": "khong", "hk": "khong",
    "khg": "khong", "dc": "duoc", "dk": "dang ky", "dki": "dang ky", "sdt": "so dien thoai", "dt": "dien thoai",
    "dthoai": "dien thoai", "mn": "moi nguoi", "ntn": "nhu the nao", "bh": "bao gio", "bn": "bao nhieu",
    "nhiu": "nhieu", "nhieu": "nhieu", "j": "gi", "vs": "voi", "dg": "dang", "hd": "hop dong", "ct": "cong to",
    "cto": "cong to", "nv": "nhan vien", "tk": "tai khoan", "dien ke": "cong to", "dkd": "dang ky dien", "lm": "lam",
    "mún": "muon", "mun": "muon", "wa": "qua", "r": "roi", "ns": "noi", "bt": "biet", "tg": "thoi gian",
}  # fmt: skip

_COMMANDS: dict[Command, frozenset[str]] = {
    Command.CANCEL: frozenset(
        {
            "huy", "huy bo", "huy di", "huy phieu", "huy yeu cau", "huy dang ky", "thoi", "thoi khong", "dung lai", "khong lam nua",
            "khong can", "khong can nua", "khong muon", "khong dang ky", "khong muon mua dien", "khong mua", "bo", "cancel", "stop", "quit", "exit",
            "thoi khong can", "thoi khong lam", "thoi huy", "thoi khoi", "khoi", "khong dien tiep", "toi muon huy", "muon huy", "cho huy",
        }
    ),
    Command.BACK: frozenset(
        {"quay lai", "lui lai", "tro lai", "lui", "cau truoc", "quay lai cau truoc", "quay ve", "back", "go back", "tro ve"}
    ),
    Command.RESTART: frozenset(
        {"lam lai", "lam lai tu dau", "bat dau lai", "nhap lai tu dau", "dien lai tu dau", "tu dau", "restart", "start over"}
    ),
    Command.PERSON: frozenset(
        {
            "nhan vien", "gap nhan vien", "gap nguoi", "gap nguoi that", "noi chuyen voi nguoi", "noi chuyen voi nhan vien", "can gap nhan vien",
            "gap tong dai", "tong dai vien", "tong dai", "gap tong dai vien", "tu van vien", "gap tu van vien", "nguoi that", "gap nguoi tu van",
            "noi chuyen nhan vien", "muon gap nhan vien", "cho gap nhan vien", "agent", "human", "person", "talk to a person", "talk to human",
            "noi chuyen nguoi", "noi chuyen nguoi that", "chat nhan vien", "khong noi chuyen voi may", "gap nguoi ho tro",
        }
    ),
    Command.MENU: frozenset(
        {"menu", "help", "tro giup", "huong dan", "dich vu", "danh sach dich vu", "cac dich vu", "co nhung dich vu gi", "lam duoc gi",
         "ho tro", "start", "bat dau", "danh muc", "options", "services", "co gi"}
    ),
    Command.SKIP: frozenset({"bo qua", "khong co", "skip", "chua co", "khong biet", "khong ro", "next"}),
    Command.SUMMARY: frozenset({"xem lai", "tom tat", "kiem tra lai", "da dien gi", "review", "summary"}),
}  # fmt: skip
_GREETINGS = frozenset(
    {
        "alo",
        "alo alo",
        "chao",
        "xin chao",
        "hello",
        "hi",
        "hey",
        "good morning",
        "good afternoon",
        "co ai",
        "co ai day",
        "day khong",
        "co ai khong",
        "",
    }
)
_THANKS = frozenset(
    {"cam on", "cam on nhieu", "thanks", "thank you", "thank", "tks", "ok cam on", "vang cam on", "ok thanks"}
)
_YES = frozenset(
    {
        "co", "dung", "dung vay", "phai", "ok", "oke", "oki", "okay", "u", "uh", "uk", "um", "vang", "da vang", "da", "yes", "y", "yep", "chuan",
        "dong y", "chinh xac", "dung het", "gui", "gui di", "gui yeu cau", "da dung", "da phai", "da co", "duoc", "xac nhan", "send", "submit", "correct", "right",
    }
)  # fmt: skip
_NO = frozenset(
    {
        "khong",
        "khong phai",
        "sai",
        "chua",
        "chua dung",
        "da khong",
        "no",
        "n",
        "nope",
        "dung gui",
        "khong dung",
        "khong gui",
        "wrong",
        "da chua",
    }
)

_POLITE_STARTS = frozenset({"da", "vang", "a", "ok", "u", "uh"})


def fold(text: str) -> str:
    """Folded words joined by single spaces, letters repeated three times or more written once."""
    return re.sub(r"([a-z])\1{2,}", r"\1", vietnamese.search_key(text[:MOST_CHARACTERS]))


def words(text: str) -> list[str]:
    """Folded words with the commonest abbreviations written out."""
    out: list[str] = []
    previous = ""
    for token in fold(text).split():
        written = token
        if token in _ABBREVIATIONS and not (token in ("k", "t") and previous.isdigit()):
            written = _ABBREVIATIONS[token]
        out += written.split()
        previous = token
    return out


def core(text: str) -> str:
    """The words that carry meaning, without politeness."""
    found = words(text)
    kept = [word for word in found if word not in _FILLERS]
    return " ".join(kept)


def find_command(text: str) -> Command | None:
    """A global command, when the whole message is one."""
    if len(text) > 80:
        return None
    whole, bare = " ".join(words(text)), core(text)
    for command, phrases in _COMMANDS.items():
        if whole in phrases or (bare and bare in phrases):
            return command
    return None


def is_greeting(text: str) -> bool:
    plain = fold(text)
    return bool(plain) and len(plain) < 40 and core(text) in _GREETINGS


_LETTER = re.compile(r"[^\W_]")
_PLEASED = re.compile("[👍👌🙏✅🆗❤♥💖💕🥰😍😊🙂☺😄😃😀👏🌹💐]")
_REFUSED = re.compile("[❌👎🚫]")
# Scolding, with marks where the same letters without them mean something decent.
_SCOLDS = re.compile(
    r"\b(đm|dm|đmm|dmm|đcm|dcm|vcl|vkl|clgt|địt|đéo|lồn|cặc|đĩ|ăn cướp|an cuop|mất dạy|mat day|khốn nạn|khon nan|vô học|óc chó|ngu như|ăn hại|an hai)\b"
    r"|[🤬🖕]"
)
_CALLED_NAMES = re.compile(r"(đồ|bọn|lũ|tụi|quân) \w+(?: \w+){0,2}\W*")


def has_words(text: str) -> bool:
    """False for a message of signs alone: "?", "...", a thumb."""
    return bool(_LETTER.search(text))


def is_pleased(text: str) -> bool:
    """Signs alone that say thanks or agreement."""
    return not has_words(text) and bool(_PLEASED.search(text))


def is_scolding(text: str) -> bool:
    """Somebody is angry at us: to be soothed when nothing else is understood."""
    marked = unicodedata.normalize("NFC", text).lower()
    return bool(_SCOLDS.search(marked)) or is_name_calling(text)


def is_name_calling(text: str) -> bool:
    """ "đồ lừa đảo": the whole message."""
    return _CALLED_NAMES.fullmatch(unicodedata.normalize("NFC", text).lower().strip()) is not None


def is_thanks(text: str) -> bool:
    return core(text) in _THANKS


def yes_or_no(text: str) -> bool | None:
    """Yes, no, or neither; to be asked only while a yes/no question is open."""
    if not has_words(text):
        return True if is_pleased(text) else False if _REFUSED.search(text) else None
    whole, bare = " ".join(words(text)), core(text)
    if whole in _NO or bare in _NO:
        return False
    if whole in _YES or bare in _YES:
        return True
    first = [word for word in whole.split() if word not in _POLITE_STARTS][:1]
    if first and first[0] in ("khong", "chua"):
        return False
    if first and first[0] in ("co", "roi", "dung", "phai"):
        return True
    return None


# ---- danger: recall before precision, but "công tơ chạy nhanh" is no fire

_MARKED_DANGERS = re.compile(
    r"rơi dây|dây rơi|đổ (cột|trụ)|hở điện|nổ (công tơ|đồng hồ|to|trạm|bình|máy)|tiếng nổ|cháy (nhà|nổ|rồi|to|lớn|công tơ|điện|dây|ổ)"
    r"|đang cháy|bị cháy|bốc cháy|vụ cháy|có cháy|đám cháy"
)
_DANGERS = [
    re.compile(pattern)
    for pattern in (
        r"\bchap (dien|mach|day|chay)\b|\bbi chap\b|\bdien (bi )?chap\b(?! chon)",
        r"(?<!may )\bgiat (dien|nguoi|chet|te)\b|\bdien giat\b|(?<!may )\bbi giat\b",
        r"\b(cong to|dong ho|dien ke|o cam|tram|tu dien|bien ap|may bien the|day dien|day|aptomat|cau dao|cot|tru|o dien) (dien )?(nha \w+ )?"
        r"(dang |bi |boc )*chay\b(?! (nhanh|cham|sai|dung|so|qua|lien|van|khong|deu|nguoc|tron|bang|may|lai|duoc|ra|vao|on|binh|tot|the))",
        r"\b(bi|boc|dam|vu|no) chay\b(?! (nhanh|cham|sai|qua|lien|bang|may|lai))|\bchay (nha|no|cong to|o cam|tram|tu dien|bien ap|day dien|dong ho|cau dao|aptomat)\b"
        r"|\b(dien|nha|cong to) (dang )?chay (roi|to|lon)\b|\bchay dien\b(?! (thoai|may))",
        r"\b(boc|toe|xet|danh) (khoi|lua)\b|\btia lua\b|\bmui khet\b|\bkhet let\b|\bkhoi (den|boc|bay)\b|\bco khoi\b",
        r"\bdut (day|cap|duong day)\b|\bday (dien )?(bi )?dut\b|\b(roi|sa|thong) day dien\b|\bday dien (bi )?(roi|sa|thong|vong|cham)\b|\bday (dien )?(roi|nam) (xuong|duoi|tren|ngang)\b",
        r"\b(cot|tru)( dien)? (bi |sap |dang )*(do|nga|gay|nghieng|sap|xieu)\b(?! (ai|ben|nha|cong|dien luc|don vi))|\b(nga|gay|nghieng|sap) (cot|tru)\b",
        r"\bno (tram|bien ap|binh|may bien ap)\b|\b(tram|bien ap|cong to|aptomat) (dien )?(bi |vua )?no\b(?! (tien|dien|khong|bao|chua))|\btieng no\b|\bno lon\b",
        r"\bro (ri )?dien\b|\bdien ro\b|\bho dien ra\b|\bnhiem dien\b|(?<!van )\bphong dien\b(?! luc)|\bte tay\b",
        r"\b(cot|tru) (dien )?(\w+ ){1,4}((sap|bi|da|dang) )*(nghieng|xieu|do xuong|gay)\b|\b(cot|tru) dien (\w+ ){1,4}(sap|bi|dang) (do|nga|sap)\b",
        r"\bcay (\w+ ){0,3}(do|nga|gay|de|dap) (\w+ ){0,3}(duong day|day dien|cot dien|tru dien|tram dien)\b",
        r"\b(electrocuted|electric shock|fallen (wire|line|pole)|wire down|on fire|burning|sparks?|smoke)\b",
    )
]


def is_dangerous(text: str) -> bool:
    """True when the message may speak of fire, shock, a fallen wire or pole."""
    marked = unicodedata.normalize("NFC", text).lower()
    if _MARKED_DANGERS.search(marked):
        return True
    plain = fold(text)
    if vietnamese.has_marks(
        text
    ):  # "chạy" is not "cháy", "giặt" not "giật", "nợ" not "nổ", "phòng" not "phóng"
        plain = fold(
            re.sub(
                r"chạy|chảy|chay(?=\s)|giặt|nợ|nó|no(?=\s)|đo|đỏ|ngã ba|ngã tư|hồ điện|hộ|rồi|rõ|phòng|phong(?=\s)|để|gãy gọn",
                " ~ ",
                marked,
            )
        )
    return any(pattern.search(plain) for pattern in _DANGERS)


# ---- values by shape


def find_values(text: str) -> list[Value]:
    """Phones, identity numbers, account codes, e-mail addresses and request numbers, in order.

    Of two values of one kind with a correction between them ("à nhầm", "phải là") only the last counts.
    """
    kinds = {kind.value for kind in ValueKind}
    return [
        Value(ValueKind(slot.kind.value), slot.value, slot.start)
        for slot in slots.find_codes(text)
        if slot.value and slot.kind.value in kinds
    ]


# ---- cues

_CHANGES = frozenset(
    {
        "sua",
        "sua lai",
        "muon sua",
        "can sua",
        "sai",
        "nham",
        "doi",
        "chinh sua",
        "chinh lai",
        "edit",
        "change",
    }
)
_NEGATION = re.compile(r"\b(khong|dung|thoi|khoi|chua) (\w+ ){0,1}(muon|can|mua|lam|dang|lap|bao|gui|phai)\b")
_QUESTION = re.compile(
    r"\b(bao nhieu|bao lau|bao gio|khi nao|may ngay|the nao|lam sao|tai sao|o dau|la gi|can gi|gi khong|duoc khong|phai khong|how|what|when|why|where)\b"
)
_COST = re.compile(
    r"\b(bao nhieu tien|het bao nhieu|gia bao nhieu|phi|chi phi|ton bao nhieu|mat tien|mat phi|co mat tien|le phi|cost|fee|price)\b"
)
_TIME = re.compile(
    r"\b(bao lau|may ngay|bao gio (co|xong|lap)|khi nao (co|xong|lap)|mat bao lau|trong bao lau|how long)\b"
)
_PAPERS = re.compile(r"\b(giay to|ho so|thu tuc|can gi|can nhung gi|chuan bi gi|mang gi|papers|documents)\b")


def wants_change(text: str) -> bool:
    """ "sửa", "sửa lại", "sai rồi": something is to be changed, whatever it is."""
    return core(text) in _CHANGES


def is_slip(text: str) -> bool:
    """ "à nhầm ...", "nhầm rồi": what was said before is taken back."""
    return (
        re.match(r"(a |oi |ui |chet |y )*(nham|lon roi|ghi nham|go nham|viet nham)\b", fold(text)) is not None
    )


def is_negated(text: str) -> bool:
    """ "không muốn mua điện nữa": the verb is refused, so ask before acting."""
    return bool(_NEGATION.search(" ".join(words(text))))


_PRICE_GROUPS = (
    ("HOSPITAL_SCHOOL", re.compile(r"\b(benh vien|truong hoc|nha tre|mam non)\b")),
    ("ADMIN_LIGHTING", re.compile(r"\b(hanh chinh|co quan|chieu sang)\b")),
    ("PRODUCTION", re.compile(r"\b(san xuat|xuong|nha may)\b")),
    (
        "BUSINESS",
        re.compile(
            r"\b(kinh doanh|dich vu|cua hang|quan (an|com|nuoc|ca phe|cafe|pho)|gio cao diem|gio thap diem|cao diem|thap diem)\b"
        ),
    ),
)


def price_group(text: str) -> str:
    """Whose price is asked for, one of `retail.GROUPS`; empty for homes."""
    plain = fold(text)
    return next((group for group, pattern in _PRICE_GROUPS if pattern.search(plain)), "")


class Topic(StrEnum):
    """What a question about a service is about; the declaration has the answer."""

    COST = "COST"
    TIME = "TIME"
    PAPERS = "PAPERS"


def find_topic(text: str) -> Topic | None:
    plain = " ".join(words(text))
    for topic, pattern in ((Topic.COST, _COST), (Topic.TIME, _TIME), (Topic.PAPERS, _PAPERS)):
        if pattern.search(plain):
            return topic
    return None


def is_question(text: str) -> bool:
    return text.rstrip().endswith("?") or bool(_QUESTION.search(" ".join(words(text))))


def choice_number(text: str) -> int | None:
    """ "2", "số 2", "câu 3", "dòng 3": a number chosen from a list."""
    found = re.fullmatch(
        r"(?:so|cau|dong|muc|chon|line|number|sua|sua so|sua cau|sua dong|sua muc|change|edit) ?(\d{1,2})|(\d{1,2})",
        core(text) or fold(text),
    )
    return int(found.group(1) or found.group(2)) if found else None


_RESUME = re.compile(r"(?<![0-9a-z])([0-9a-z]{4}-[0-9a-z]{4})(?![0-9a-z-])")
_RESUMING = re.compile(r"\b(tiep|ma phieu|ma tiep tuc|go on|continue|resume)\b")


def resume_code(text: str) -> str:
    """The code of a form kept at another door: alone, or after words that ask to go on; empty when there is none."""
    plain = vietnamese.fold(text).strip()
    found = _RESUME.search(plain)
    if found is None or not (found.group() == plain or _RESUMING.search(plain)):
        return ""
    return found.group(1).upper()
