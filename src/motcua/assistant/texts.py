"""What the assistant says, in both languages. Warm, short, anh/chị. `{name}` is filled in."""

from __future__ import annotations

from motcua.services.declaration import Text

GREETING = Text(
    "Dạ, em chào anh/chị. Em là trợ lý tự động của {brand}. Anh/chị cần em giúp việc gì ạ?",
    "Hello, I am the automatic assistant of {brand}. What can I do for you?",
)
STILL_HERE = Text("Dạ, em nghe đây ạ.", "Yes, I am here.")
WELCOME = Text(
    "Dạ, không có gì ạ. Anh/chị cần gì cứ nhắn em.", "You are welcome. Just write when you need anything."
)
MENU = Text(
    "Em giúp được những việc này, anh/chị chọn hoặc nhắn cho em:",
    "I can help with these. Choose one or just write:",
)
UNKNOWN = Text(
    "Em chưa hiểu ý anh/chị. Anh/chị nói cách khác giúp em, hoặc chọn một việc dưới đây ạ.",
    "I did not understand. Please say it in another way, or choose one of these.",
)
UNKNOWN_AGAIN = Text(
    "Em xin lỗi, em vẫn chưa hiểu. Anh/chị chọn giúp em, hoặc gặp nhân viên ạ.",
    "I am sorry, I still do not understand. Please choose, or talk to a person.",
)
NOT_OURS = Text(
    "Em chưa hiểu ý anh/chị, hoặc việc này không thuộc ngành điện. Em chỉ giúp được các việc về điện, anh/chị chọn giúp em ạ.",
    "I did not understand, or this is not about electricity, which is all I can help with. Please choose one of these.",
)
SEE_PAGE = Text("{title}: anh/chị xem tại đây ạ: {link}", "{title}: please see {link}")
AND_THEN = Text(
    "Xong việc này em giúp anh/chị “{service}” luôn ạ.", "After this I will help you with “{service}” too."
)
DID_YOU_MEAN = Text("Anh/chị muốn làm việc nào ạ?", "Which of these do you mean?")
NOT_WANTED = Text(
    "Dạ, vậy em không làm việc đó. Anh/chị cần việc gì khác không ạ?",
    "All right, I will not do that. Is there anything else?",
)
BEGIN = Text(
    "Dạ, em giúp anh/chị “{service}”. {promise}\nChỉ vài câu hỏi ngắn thôi ạ.",
    "I will help you with “{service}”. {promise}\nJust a few short questions.",
)
GO_ON = Text(
    "Anh/chị đang điền dở “{service}” ({done}/{total}), mình làm tiếp nhé.",
    "You began “{service}” ({done}/{total}); let us go on.",
)
RESUME = Text(
    "Anh/chị đang điền dở “{service}” ({done}/{total}). Anh/chị muốn làm tiếp hay làm lại từ đầu ạ?",
    "You have begun “{service}” ({done}/{total}). Shall we go on or start again?",
)
BACK_TO = Text("Mình quay lại “{service}” nhé.", "Back to “{service}”.")
NOTED = Text("Dạ, em ghi: {label}: {value}.", "Noted: {label}: {value}.")
CHANGED = Text("Dạ, em đã sửa {label} thành: {value}.", "{label} changed to: {value}.")
CONFIRM_CHANGE = Text(
    "Anh/chị muốn đổi {label} từ “{old}” sang “{new}” phải không ạ?",
    "Change {label} from “{old}” to “{new}”?",
)
KEPT = Text("Dạ, em giữ nguyên.", "I left it as it was.")
EXAMPLE = Text("Ví dụ: {example}", "For example: {example}")
CHOOSE_ONE = Text("Anh/chị chọn một trong các câu trả lời ạ.", "Please choose one of the answers.")
SKIPPED = Text("Dạ, mình bỏ qua câu này.", "Skipped.")
CANNOT_SKIP = Text("Câu này em cần anh/chị trả lời ạ.", "I do need an answer to this one.")
FIRST_ALREADY = Text("Đây là câu đầu tiên rồi ạ.", "This is the first question.")
WHICH_LINE = Text(
    "Anh/chị muốn sửa dòng nào ạ? Anh/chị nhắn số của dòng.",
    "Which line shall we change? Reply with its number.",
)
REVIEW = Text("Anh/chị xem lại giúp em “{service}”:", "Please check “{service}”:")
REVIEW_HOW = Text(
    "Đúng rồi thì anh/chị bấm Gửi; cần sửa dòng nào thì nhắn số của dòng đó.",
    "If all is right press Send; to change a line reply with its number.",
)
ASK_CANCEL = Text(
    "Anh/chị đang điền dở “{service}”. Anh/chị muốn giữ lại để điền sau hay hủy hẳn ạ?",
    "You have begun “{service}”. Keep it for later, or drop it?",
)
ASK_RESTART = Text(
    "Anh/chị muốn xóa các câu đã trả lời và làm lại từ đầu ạ?", "Clear the answers and start again?"
)
KEPT_DRAFT = Text(
    "Dạ, em giữ phiếu lại. Khi nào tiện anh/chị nhắn “làm tiếp”, hoặc mở trang web với mã {code}.",
    "I kept it. Write “go on” any time, or open the site with code {code}.",
)
DROPPED = Text("Dạ, em đã hủy phiếu này.", "Dropped.")
NOTHING_OPEN = Text("Hiện không có phiếu nào đang điền ạ.", "No form is open.")
CANCEL_SENT = Text(
    "Nếu anh/chị muốn hủy yêu cầu đã gửi, anh/chị mở trang theo dõi: {link}",
    "To cancel a request that was sent, open its page: {link}",
)
SENT_ELSEWHERE = Text(
    "Phiếu “{service}” không còn mở nữa: đã gửi hoặc đã hủy ở nơi khác.",
    "“{service}” is no longer open: it was sent or dropped elsewhere.",
)
SENT = Text(
    "Em đã gửi yêu cầu “{service}” của anh/chị.\nMã yêu cầu: {number}\n{due}{code_word}{promise}",
    "Your request “{service}” is sent.\nRequest number: {number}\n{due}{code_word}{promise}",
)
SENT_DUE = Text("Hạn giải quyết: {due}\n", "Due: {due}\n")
SENT_CODE_WORD = Text(
    "Mã tra cứu: {code_word} (anh/chị giữ lại, dùng khi không có điện thoại)\n",
    "Code word: {code_word} (keep it, in case you have no phone at hand)\n",
)
SENT_BEFORE = Text(
    "Yêu cầu này đã được gửi rồi ạ. Mã yêu cầu: {number}", "This was sent already. Request number: {number}"
)
NOT_SENT = Text(
    "Em chưa gửi được vì có chỗ chưa đúng, anh/chị xem lại giúp em ạ.",
    "I could not send it yet; something needs another look.",
)
FOLLOW = Text("Theo dõi yêu cầu", "Follow the request")
STATUS = Text("Anh/chị xem yêu cầu {number} tại đây: {link}", "You can see request {number} here: {link}")
HAND_OVER = Text(
    "Dạ, em chuyển anh/chị cho nhân viên. {waiting} Anh/chị cứ nhắn thêm tại đây, nhân viên sẽ thấy hết ạ.",
    "I am passing you to a person. {waiting} You can keep writing here; they will see everything.",
)
HAND_OVER_DRAFT = Text("Phần anh/chị đã điền vẫn được giữ.", "What you have filled in is kept.")
DANGER = Text(
    "⚠️ NGUY HIỂM. Anh/chị đứng xa ít nhất 10 mét, không chạm vào dây, cột hay người đang bị điện giật. "
    "Cháy gọi 114, cấp cứu gọi 115, và gọi ngay {hotline}.",
    "⚠️ DANGER. Keep at least 10 metres away; touch neither wires, poles nor anybody being shocked. "
    "Fire 114, ambulance 115, and call {hotline} now.",
)
DANGER_FORM = Text(
    "Em đã báo cho nhân viên trực. Anh/chị cho em biết thêm để thợ đến ngay ạ.",
    "The staff on duty have been told. A few facts, so that a crew can come at once:",
)
SWITCH = Text(
    "Anh/chị đang điền “{open}”. Anh/chị muốn chuyển sang “{other}” không ạ? Phiếu đang điền vẫn được giữ.",
    "You are filling in “{open}”. Go over to “{other}”? What you have filled in is kept.",
)
PHOTO_TAKEN = Text("Em đã nhận {name}.", "I have received {name}.")
PHOTO_WHICH = Text("Em đã nhận {name}. Đây là giấy tờ gì ạ?", "I have received {name}. What is it?")
PHOTO_LOOSE = Text(
    "Em đã nhận {name}. Anh/chị cần em làm gì với ảnh này ạ?",
    "I have received {name}. What would you like to do with it?",
)
PHOTO_FOR = Text("Dạ, em ghi: {paper}.", "Noted: {paper}.")
PAPERS_WELCOME = Text(
    "Anh/chị có thể gửi ảnh ngay tại đây: {papers}.", "You may send photos right here: {papers}."
)
OLD_BUTTON = Text("Nút này thuộc một phiếu đã xong ạ.", "That button belongs to a form that is done.")
NO_FEE = Text("Dịch vụ này không mất phí.", "This service is free of charge.")
NO_PAPERS = Text("Không cần giấy tờ gì ạ.", "No papers are needed.")
PAPERS = Text(
    "Anh/chị chuẩn bị: {papers}. Bản chụp thường là được, không cần công chứng.",
    "Please have: {papers}. Plain copies will do.",
)
TOO_LATE = Text("Dạ, câu này em xin chuyển nhân viên hỗ trợ.", "Let me pass this to a person.")

ASK_WHERE = Text(
    "Anh/chị cho em mã khách hàng, hoặc địa chỉ nơi mất điện (đường, phường xã), em xem ngay ạ.",
    "Please give me the account code or the address (street, commune) where the power is out; I will look at once.",
)
SEE_OUTAGES = Text("Nơi đang mất điện", "Where the power is out")
REPORT_FAULT = Text("Báo mất điện", "Report a power cut")
STILL_OUT = Text("Nhà tôi bị khác", "Mine is different")
OUTAGE_NOW = Text(
    "{place} mất điện từ {begun}, {until}. {cause}. Chúng tôi đã biết và đang xử lý.",
    "{place}: no power since {begun}, {until}. {cause}. We know and are working on it.",
)
OUTAGE_OVER = Text(
    "{place} đã có điện lại lúc {at}. Nhà anh/chị vẫn chưa có thì bấm báo giúp em.",
    "{place}: the power came back at {at}. If yours has not, please report it.",
)
OUTAGE_AHEAD = Text(
    "{place} có lịch ngừng cấp điện từ {begun}, {until}. {cause}.",
    "{place}: the power will be cut from {begun}, {until}. {cause}.",
)
OUTAGE_NOTED = Text(
    "Em đã ghi nhận, anh/chị không cần báo nữa; có điện lại em nhắn ngay ạ.",
    "Noted: you need not report it again; I will write as soon as the power is back.",
)
UNTIL = Text("dự kiến có điện lúc {at}", "expected back at {at}")
UNTIL_UNKNOWN = Text("chưa biết giờ có điện lại", "not known yet until when")
NO_OUTAGE = Text(
    "Em chưa thấy sự cố nào ở đó. Anh/chị cho em biết thêm để thợ đến kiểm tra ạ.",
    "No fault is known there yet. A few facts, so that a crew can have a look:",
)
NO_OUTAGE_AHEAD = Text(
    "7 ngày tới chưa có lịch ngừng cấp điện ở đó. Lịch các nơi: {link}",
    "No cut is planned there within 7 days. All plans: {link}",
)
ANSWER_FROM = Text("(Theo trang hỏi đáp của {brand}: {link})", "(From the answers of {brand}: {link})")

YES = Text("Có", "Yes")
NO = Text("Không", "No")
SEND = Text("Gửi yêu cầu", "Send")
EDIT = Text("Sửa", "Change something")
CANCEL = Text("Hủy", "Cancel")
KEEP = Text("Giữ lại, điền sau", "Keep for later")
DROP = Text("Hủy hẳn", "Drop it")
CONTINUE = Text("Điền tiếp", "Go on")
RESTART = Text("Làm lại từ đầu", "Start again")
SKIP = Text("Bỏ qua", "Skip")
PERSON = Text("Gặp nhân viên", "Talk to a person")
OTHER = Text("Việc khác", "Something else")
TO_BOT = Text("Tiếp tục với trợ lý", "Back to the assistant")
SWITCH_YES = Text("Chuyển sang việc này", "Go over")
CHANGE_YES = Text("Đúng, đổi lại", "Yes, change it")
CHANGE_NO = Text("Giữ như cũ", "Keep the old one")
CHANGE_ANSWER = Text("Sửa câu trả lời", "Change the answer")
USE_THIS_PHONE = Text("Dùng số {phone}", "Use {phone}")
OTHER_PAPER = Text("Giấy tờ khác", "Something else")

WAIT_OPEN = Text("Nhân viên sẽ trả lời trong ít phút.", "Somebody will answer in a few minutes.")
WAIT_CLOSED = Text(
    "Hiện ngoài giờ làm việc, nhân viên sẽ trả lời từ {opening}. Việc gấp anh/chị gọi {hotline} (24/7).",
    "It is outside office hours; somebody will answer from {opening}. If urgent call {hotline} (24/7).",
)
