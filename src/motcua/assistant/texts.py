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
ALL_RIGHT = Text("Dạ, vâng ạ.", "All right.")
SORRY_FOR_IT = Text(
    "Em xin lỗi vì đã để anh/chị bực mình. Anh/chị kể giúp em chuyện gì đang xảy ra, hoặc chọn một việc dưới đây ạ.",
    "I am sorry that you are upset. Please tell me what has happened, or choose one of these.",
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
SEE_PAGE = Text("{title}: anh/chị bấm để xem ạ.", "{title}: press to see it.")
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
    "Dạ, em giữ phiếu lại. Khi nào tiện anh/chị nhắn “làm tiếp”; ở kênh khác thì nhắn “làm tiếp {code}”, trên trang web thì nhập mã đó.",
    "I kept it. Write “go on” any time; on another channel write “go on {code}”, on the site type that code.",
)
RESUME_UNKNOWN = Text(
    "Em không tìm thấy phiếu nào đang điền với mã này.", "I find no open form with that code."
)
DROPPED = Text("Dạ, em đã hủy phiếu này.", "Dropped.")
NOTHING_OPEN = Text("Hiện không có phiếu nào đang điền ạ.", "No form is open.")
CANCEL_SENT = Text(
    "Nếu anh/chị muốn hủy yêu cầu {number} đã gửi, anh/chị mở trang theo dõi.",
    "To cancel request {number}, which was sent, open its page.",
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
    "Em đã báo nhân viên. {waiting} Anh/chị trả lời vài câu dưới đây, gửi xong là thợ trực nhận được ngay ạ.",
    "The staff have been told. {waiting} Answer a few questions below; once they are sent, the crew on duty has them.",
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
PAPERS_BY_LINK = Text(
    "Ảnh giấy tờ ({papers}) anh/chị gửi qua trang của điện lực, không gửi ở đây; gửi trước hay sau đều được.",
    "Photos of papers ({papers}) go to our own page, not here; before or after, as you like.",
)
SEND_PAPERS = Text("Gửi ảnh giấy tờ", "Send photos of papers")
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
    "7 ngày tới chưa có lịch ngừng cấp điện ở đó.",
    "No cut is planned there within 7 days.",
)
ANSWER_FROM = Text("(Theo trang hỏi đáp của {brand}.)", "(From the answers of {brand}.)")
READ_THERE = Text("Xem trên trang hỏi đáp", "Read it on the site")

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

# what is somebody's own, and proving who asks

ASK_WHO = Text(
    "Việc này riêng của anh/chị nên em cần chắc đang nói với đúng người. Anh/chị nhắn mã khách hàng (13 ký tự) "
    "hoặc số điện thoại đã đăng ký với điện lực; em gửi mã 6 số đến số điện thoại trong hợp đồng.",
    "This is private, so I must be sure who you are. Send your account code (13 characters) or the phone number on your "
    "contract; I will text a 6-digit code to the phone on the contract.",
)
ASK_WHO_AGAIN = Text(
    "Em chưa thấy mã khách hàng hay số điện thoại. Ví dụ: PD01000123456 hoặc 0901 234 567.",
    "I see neither an account code nor a phone number. For example: PD01000123456 or 0901 234 567.",
)
CODE_LENGTH = Text(
    "Mã khách hàng có 13 ký tự, anh/chị xem lại giúp em ạ.",
    "An account code has 13 characters; please check it.",
)
CODE_SENT = Text(
    "Nếu {said} có trong hồ sơ, em vừa gửi mã 6 số đến số điện thoại trong hợp đồng. Anh/chị nhắn mã đó vào đây trong "
    "10 phút. Đừng đưa mã cho ai khác, kể cả người xưng là nhân viên.",
    "If {said} is on record, a 6-digit code is on its way to the phone on the contract. Write it here within 10 minutes. "
    "Give it to nobody else, not even to somebody who says they are staff.",
)
ENTER_CODE = Text(
    "Anh/chị nhắn mã 6 số trong tin nhắn SMS ạ.", "Please write the 6-digit code from the text message."
)
CODE_DIGITS = Text("Mã có đúng 6 chữ số ạ.", "The code has exactly 6 digits.")
WRONG_CODE = Text(
    "Mã chưa đúng, anh/chị còn {left} lần nhập.", "That code is not right; you have {left} tries left."
)
CODE_EXPIRED = Text("Mã đã hết hạn.", "The code has expired.")
CODE_USED_UP = Text(
    "Đã nhập sai quá số lần cho phép nên mã này không dùng được nữa.",
    "Too many wrong tries; this code is void.",
)
NO_CODE_HELP = Text(
    "Không nhận được mã thì có thể số điện thoại trong hợp đồng đã cũ: anh/chị gặp nhân viên, hoặc mang căn cước đến điểm giao dịch để đổi số.",
    "If no code comes, the phone on the contract may be an old one: talk to a person, or bring your identity card to a counter to change it.",
)
CODE_SOON = Text(
    "Em vừa gửi mã rồi, anh/chị chờ một phút giúp em ạ.", "A code was sent just now; please wait a minute."
)
PROVEN = Text("Cảm ơn anh/chị, em đã xác nhận đúng người.", "Thank you, I know who you are now.")
WHICH_OF_SHARED = Text(
    "Số điện thoại này đứng tên nhiều khách hàng. Anh/chị cho em mã khách hàng (13 ký tự) của mình ạ.",
    "Several customers have this phone number. Please give me your account code (13 characters).",
)
NOT_OF_SHARED = Text(
    "Mã khách hàng này không đi với số điện thoại vừa xác nhận.",
    "That account code does not go with the phone number just confirmed.",
)
PROOF_TAKEN = Text(
    "Tài khoản này đang nối với một khách hàng khác, em nhờ nhân viên kiểm tra ạ.",
    "This account is linked to another customer; let me ask a person.",
)
WHICH_ACCOUNT = Text("Anh/chị muốn xem mã khách hàng nào ạ?", "Which account would you like to see?")
ALL_ACCOUNTS = Text("Tất cả", "All of them")
NOT_YOURS = Text(
    "Mã {account} không thuộc các hợp đồng của anh/chị nên em không xem được. Chủ hợp đồng có thể cho phép anh/chị xem, "
    "hoặc anh/chị trả hộ bằng mã khách hàng.",
    "{account} is none of your accounts, so I cannot show it. Its holder may allow you to see it, or you can pay for them by the account code.",
)
NO_ACCOUNTS = Text("Em chưa thấy hợp đồng nào đứng tên anh/chị.", "I see no contract in your name.")
ACCOUNT_OWES = Text("Mã khách hàng {account}{place}:", "Account {account}{place}:")
BESIDE_OWES = Text("Khoản chưa gắn mã khách hàng:", "Under no account code yet:")
OWED_LINE = Text("- {what}: {amount}{due}", "- {what}: {amount}{due}")
PAY_BY = Text(", hạn trả {day}", ", to be paid by {day}")
OWED_TOTAL = Text("Cộng: {amount}.", "In all: {amount}.")
OWES_NOTHING = Text("không có khoản nào chờ trả.", "nothing to pay.")
TOLD_OWED = Text(
    "- Tiền điện còn nợ, theo sổ ngày {day}: {amount}",
    "- Electricity still owed by the books of {day}: {amount}",
)
PAID_LINE = Text("- Đã nhận {amount} ngày {day}: {what}", "- Received {amount} on {day}: {what}")
PAID_NOTHING = Text("chưa thấy khoản nào được trả gần đây.", "no recent payment seen.")
NO_MONEY_ROLE = Text(
    "anh/chị là người sử dụng điện; số tiền thì chủ hợp đồng, người trả tiền hoặc người được ủy quyền mới xem được.",
    "you use the electricity; only the holder, the payer and those authorised may see the amounts.",
)
LAST_BILL = Text(
    "- Hóa đơn mới nhất, {month}: {kwh}{amount}{state}", "- The newest bill, {month}: {kwh}{amount}{state}"
)
SEE_BILL = Text("Xem hóa đơn {month}", "See the bill of {month}")
BILL_PAID = Text("đã trả ngày {day}", "paid on {day}")
BILL_DUE = Text("còn {amount}, hạn trả {day}", "{amount} left, due {day}")
BILL_OPEN = Text("còn {amount}", "{amount} left")
WHY_BILL = Text("Mã khách hàng", "Account")
NOTHING_TO_COMPARE = Text(
    "Chưa có hóa đơn tháng trước hay năm trước để so.",
    "There is no bill of the month or year before to compare with.",
)
NO_BILL_YET = Text(
    "Em chưa thấy hóa đơn tiền điện nào của anh/chị ở đây.", "I see no electricity bill of yours here yet."
)
COMPARES_WHEN_PROVEN = Text(
    "Em sẽ so hóa đơn này với tháng trước và năm trước để anh/chị biết vì sao.",
    "I can compare it with last month and last year, so that you see why.",
)
FROM_LEDGER = Text("(Theo sổ thu của {brand} lúc {at}.)", "(From the books of {brand} at {at}.)")
YOUR_ACCOUNTS = Text("Mã khách hàng của anh/chị: {accounts}", "Your account codes: {accounts}")
FROM_CONTRACTS = Text("(Theo hợp đồng tại {brand}.)", "(From the contracts at {brand}.)")
PAY = Text("Trả {amount}", "Pay {amount}")
PAY_BY_CODE = Text("Trả bằng mã khách hàng", "Pay by account code")
MY_PAGE = Text("Hợp đồng, hóa đơn của tôi", "My contracts and bills")
SEND_AGAIN = Text("Gửi lại mã", "Send it again")
OTHER_NUMBER = Text("Dùng mã hoặc số khác", "Use another code or number")
PROVE = Text("Xác nhận bằng mã SMS", "Confirm by text message")
LEFT_IT = Text("Dạ, em dừng việc đó.", "All right, I stop there.")
REQUEST_AT = Text("{number} · {service}: {step}{due}", "{number} · {service}: {step}{due}")
REQUEST_DUE = Text(", hạn {due}", ", due {due}")
FROM_REQUESTS = Text(
    "(Theo nhật ký yêu cầu tại {brand} lúc {at}.)", "(From the journal of requests at {brand} at {at}.)"
)
ASK_NUMBER = Text(
    "Anh/chị nhắn số yêu cầu in trên phiếu tiếp nhận, mở trang theo dõi, hoặc xác nhận bằng mã SMS để em xem các yêu cầu của mình.",
    "Send the request number on your slip, open the page, or confirm by text message to see all your requests.",
)
REQUEST_PRIVATE = Text(
    "Yêu cầu {number} đến đâu chỉ người gửi xem được: anh/chị mở trang theo dõi, hoặc xác nhận bằng mã SMS.",
    "Only its sender may see where {number} stands: open the page, or confirm by text message.",
)

# where to go in person

COUNTERS = Text("Điểm giao dịch {place}:", "Counters {place}:")
COUNTERS_AT = Text("ở {place}", "in {place}")
COUNTERS_NEAREST = Text("gần anh/chị", "near you")
COUNTER = Text(
    "{name}\nĐịa chỉ: {address}\nĐiện thoại: {phone}", "{name}\nAddress: {address}\nPhone: {phone}"
)
NO_ADDRESS = Text("gọi {hotline} để hỏi đường", "call {hotline} for the way")
HOURS = Text("Giờ làm việc: {hours}. {now}", "Open: {hours}. {now}")
FROM_UNITS = Text("(Theo danh sách đơn vị của {brand}.)", "(From the list of units of {brand}.)")
ASK_NEAR = Text(
    "Tổng đài {hotline} (24/7). Giờ làm việc tại quầy: {hours}. {now} Anh/chị ở xã, phường nào, để em chỉ điểm gần nhất ạ?",
    "Hotline {hotline} (day and night). Counters are open: {hours}. {now} In which commune are you, so that I can name the nearest?",
)
NEAR_UNKNOWN = Text(
    "Em chưa tìm ra nơi đó trong khu vực của {brand}. Anh/chị nhắn xã, phường và tỉnh, thành phố (tên cũ cũng được).",
    "I cannot find that place where {brand} serves. Write commune and province (old names will do).",
)
ALL_COUNTERS = Text("Các điểm giao dịch", "All counters")
WAY_THERE = Text("Cách đến {name}", "The way to {name}")

# prices

PRICES = Text("Giá điện sinh hoạt hôm nay{vat}:", "Electricity at home today{vat}:")
BEFORE_VAT = Text(" (chưa gồm thuế GTGT {percent} %)", " (before VAT of {percent} %)")
TIER = Text("- {first} đến {last} kWh: {price}/kWh", "- {first} to {last} kWh: {price}/kWh")
LAST_TIER = Text("- từ {first} kWh trở lên: {price}/kWh", "- from {first} kWh up: {price}/kWh")
MONTH_COSTS = Text(
    "{kwh} kWh trong một tháng, một hộ: khoảng {amount}, đã gồm thuế GTGT. Giá từng bậc hôm nay{vat}:",
    "{kwh} kWh in one month, one household: about {amount} with VAT. Today's tiers{vat}:",
)
GROUP_PRICES = Text("Giá điện {group} hôm nay, mỗi kWh{vat}:", "Electricity for {group} today, a kWh{vat}:")
GROUP_NAMES = {
    "PRODUCTION": Text("sản xuất", "production"),
    "BUSINESS": Text("kinh doanh, dịch vụ", "business and services"),
    "HOSPITAL_SCHOOL": Text("bệnh viện, trường học", "hospitals and schools"),
    "ADMIN_LIGHTING": Text(
        "cơ quan hành chính, chiếu sáng công cộng", "offices of the state and public lighting"
    ),
}
BY_HOURS = Text(
    "- {voltage}: giờ bình thường {normal}, thấp điểm {off_peak}, cao điểm {peak}",
    "- {voltage}: normal hours {normal}, off-peak {off_peak}, peak {peak}",
)
ALL_HOURS = Text("- {voltage}: {normal}", "- {voltage}: {normal}")
FROM_DECISION = Text("(Theo Quyết định {source}.)", "(From Decision {source}.)")
ALL_PRICES = Text("Giá điện các nhóm", "All prices")

# handing over

SUMMARY_WISH = Text("Khách hỏi: {wish}.", "Asked: {wish}.")
SUMMARY_FORM = Text(
    "Đang điền “{service}” ({done}/{total}):\n{lines}", "Filling in “{service}” ({done}/{total}):\n{lines}"
)
SUMMARY_MISSED = Text("Trợ lý không hiểu: “{text}”.", "Not understood: “{text}”.")
SUMMARY_PROVEN = Text("Đã chứng minh là khách hàng.", "Proven to be the customer.")
SUMMARY_UNPROVEN = Text("Chưa chứng minh là ai.", "Not proven who it is.")
SUMMARY_HEAD = Text("Trợ lý bàn giao.", "Handed over by the assistant.")
