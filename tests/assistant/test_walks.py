"""Random walks: whatever a customer does, no answer is lost but by their own word, and the form can be finished."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from motcua.services import forms, values
from motcua.services.declaration import QuestionType
from tests.assistant.talking import SERVICES, Talk

GOOD = {
    QuestionType.YES_NO: ["không", "Không ạ", "chưa"],
    QuestionType.PLACE: ["Số 12 ngõ 34 phố Tây Sơn, phường Đống Đa", "thôn Đoài, xã Tiên Dương, Đông Anh"],
    QuestionType.PERSON_NAME: ["Nguyễn Thị Hoa", "tôi tên là Trần Văn An"],
    QuestionType.ID_NUMBER: ["001185012345", "cccd 001085099999"],
    QuestionType.PHONE: ["0901234567", "sđt 0907 654 321"],
    QuestionType.EMAIL: ["hoa@gmail.com"],
    QuestionType.ACCOUNT_CODE: ["PD01000123456"],
    QuestionType.LONG_TEXT: ["Nhà tôi hay bị yếu điện buổi tối"],
    QuestionType.TEXT: ["máy bơm"],
    QuestionType.INTEGER: ["10"],
    QuestionType.DECIMAL: ["10"],
    QuestionType.DATE: ["24/11/2026"],
}
NOISE = [
    "alo", "???", "quay lại", "xem lại", "menu", "bao lâu vậy?", "mất bao nhiêu tiền?", "sửa số điện thoại", "sửa tên", "12345", "cảm ơn", "ok",
    "tôi muốn mua điện", "mat dien roi", "khiếu nại", "gặp nhân viên", "bỏ qua", "sửa", "2", "làm tiếp", "cháy công tơ", "hủy", "không muốn mua điện nữa",
    "0907654321", "không", "có", "ảnh đâu", "🙂", "a" * 500, "lam lai tu dau",
]  # fmt: skip
LOSING = {"Hủy hẳn", "Làm lại từ đầu", "Xóa"}
SERVICE_CODES = sorted(service.code for service in SERVICES)


def good_answer(talk, question, pick):
    service = talk.world().drafts[talk.state.service].service
    blocked = {r.question: r for r in service.eligibility}
    if question.name in blocked and question.type is QuestionType.YES_NO:
        return "có" if blocked[question.name].ok_when.holds({question.name: True}) else "không"
    if question.name in blocked and question.type is QuestionType.DECIMAL:
        return next(n for n in ("10", "60") if blocked[question.name].ok_when.holds({question.name: int(n)}))
    if question.type in (QuestionType.CHOICE, QuestionType.MULTI):
        options = [
            o.label.vi
            for o in question.options
            if question.name not in blocked or blocked[question.name].ok_when.holds({question.name: o.value})
        ]
        return options[pick % len(options)]
    told = [question.example] if question.pattern and question.example else GOOD[question.type]
    return told[pick % len(told)]


def open_question(talk):
    draft = talk.world().drafts.get(talk.state.service)
    if draft is None:
        return None
    return next(
        (q for q in forms.visible_questions(draft.service, draft.answers) if q.name == talk.state.asked), None
    )


def filled(talk):
    return {
        (code, name): value
        for code, answers in talk.drafts.items()
        for name, value in answers.items()
        if not values.is_empty(value)
    }


def lose_or_not(talk, before, said):
    """Answers may go only when the customer asked for it: dropped, restarted, or sent."""
    if said in LOSING or talk.sent:
        return
    missing = {key for key in before if key not in filled(talk)}
    assert not missing, (said, missing, talk.last.text)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(SERVICE_CODES),
    st.lists(
        st.tuples(st.sampled_from(["good", "good", "noise", "button", "junk"]), st.integers(0, 40)),
        max_size=25,
    ),
    st.text(max_size=30),
)
def test_no_walk_loses_an_answer_and_every_walk_can_finish(code, walk, junk):
    talk = Talk()
    talk(button=f"s|{code}")
    restart_asked = False
    for kind, pick in walk:
        before = filled(talk)
        sent = len(talk.sent)
        question = open_question(talk)
        said = ""
        if kind == "good" and question is not None:
            said = good_answer(talk, question, pick)
            talk(said)
        elif kind == "button" and talk.last.buttons:
            button = talk.last.buttons[pick % len(talk.last.buttons)]
            said = button.label
            talk(button=button.value)
        elif kind == "junk":
            talk(junk)
        else:
            said = NOISE[pick % len(NOISE)]
            asked_to_lose = talk.state.mode in ("CONFIRM_CANCEL", "CONFIRM_RESTART")
            talk(said)
            if asked_to_lose and said in ("không", "có", "ok"):
                restart_asked = True
        if len(talk.sent) == sent and not restart_asked:
            lose_or_not(talk, before, said)
        restart_asked = False
        assert talk.last.text or talk.last.buttons, (kind, said)

    finish(talk, code)


def finish(talk, code):
    """From wherever we are: open this form and answer what is asked, then send."""
    for _ in range(60):
        if any(sent["service"] == code for sent in talk.sent) and talk.state.service != code:
            return
        if talk.state.mode == "CONFIRM_SWITCH":
            talk(button="x|switch" if talk.state.other_service == code else "x|go")
        elif talk.state.service != code:
            talk(button=f"s|{code}")
        elif talk.state.mode == "REFUSED":
            talk.press("Sửa câu trả lời")
        elif talk.state.mode == "REVIEW":
            talk(button="x|send")
        elif talk.state.mode == "ASKING" and (question := open_question(talk)) is not None:
            talk(good_answer(talk, question, 0))
        else:
            talk(button="x|go")
    raise AssertionError(f"{code} cannot be finished: {talk.state} {talk.drafts} {talk.last.text}")
