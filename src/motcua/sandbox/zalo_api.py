"""Zalo's interface as this Zalo has it: a raw ASGI application, because real headers have underscores, which page servers
swallow. It checks what we send as the real one would, and answers errors inside HTTP 200.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from email.parser import BytesParser
from email.policy import HTTP
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson

from motcua.channels import stand_ins
from motcua.sandbox import beside_edge, installation, zalo, zalo_calls
from motcua.sandbox.beside_edge import Answer, Receive, Scope, Send, json_answer, send_answer
from motcua.sandbox.zalo import ERROR_OF, STORE, Fault, Refusal

PREFIX = "/sandbox/zalo"
LARGEST = 8 * 1024 * 1024
SLOW_SECONDS, SILENT_SECONDS = 3.0, 20.0


class Call(beside_edge.Call):
    """One call; what cannot be read is refused as Zalo refuses it."""

    def json(self) -> dict[str, Any]:
        try:
            found = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            raise Refusal(-201, "body is invalid") from None
        return found if isinstance(found, dict) else {}

    def data(self) -> dict[str, Any]:
        """What a GET asks for: one parameter that holds JSON."""
        try:
            found = orjson.loads(self.query.get("data", ""))
        except orjson.JSONDecodeError:
            raise Refusal(-201, "data is invalid") from None
        return found if isinstance(found, dict) else {}


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one call under /sandbox/zalo."""
    if scope["type"] != "http":
        return
    body = await beside_edge.read_body(receive, LARGEST)
    if body is None:
        await send_answer(send, (404, {}, b""))
        return
    call = Call(scope, body, PREFIX)
    fault = await asyncio.to_thread(_next_fault, call)
    if fault is Fault.SLOW:
        await asyncio.sleep(SLOW_SECONDS)
    answer = await asyncio.to_thread(_answer, call, fault)
    if fault is Fault.SILENT_AFTER_TAKING:
        await asyncio.sleep(SILENT_SECONDS)
    await send_answer(send, answer)


def _next_fault(call: Call) -> Fault | None:
    """Faults hit the calls that send something; consent has its own ways to fail."""
    if "/message" not in call.path:
        return None
    with STORE.open() as opened:
        return STORE.take_fault_of(opened, of_events=False)


def _answer(call: Call, fault: Fault | None) -> Answer:
    if fault is Fault.BUSY:
        return 503, {}, b"busy"
    if fault is Fault.BROKEN:
        return 500, {}, b"broken"
    route = _ROUTES.get((call.method, call.path)) or (
        _upload_shown if call.path.startswith("/files/") else None
    )
    if route is None:
        return 404, {}, b"unknown"
    try:
        if fault in ERROR_OF:
            raise Refusal(*ERROR_OF[fault])
        return route(call, fault)
    except Refusal as refusal:
        return json_answer({"error": refusal.code, "message": refusal.text})


def _success(data: Any) -> Answer:
    return json_answer({"data": data, "error": 0, "message": "Success"})


def _company(call: Call) -> str:
    """Whose token it is. Raises Refusal; a bearer header, which Zalo does not know, is no token."""
    return zalo.company_of_token(call.headers.get("access_token", ""), call.at)


# ---- consent


def _company_of_app(app_id: str) -> str:
    return next(
        (
            code
            for code in installation.company_codes()
            if stand_ins.settings_of(zalo.CHANNEL, code)["app_id"] == app_id
        ),
        "",
    )


def _permission(call: Call, fault: Fault | None) -> Answer:
    """The page where the account's administrator consents."""
    company = _company_of_app(call.query.get("app_id", ""))
    redirect = call.query.get("redirect_uri", "")
    if not company or not redirect.startswith(("http://", "https://")):
        return json_answer({"error": -14003, "error_name": "Invalid redirect uri"}, 400)
    if not call.query.get("allow"):
        link = escape(f"?{urlencode({**call.query, 'allow': '1'})}", quote=True)
        page = (
            f"<!doctype html><html lang=vi><meta charset=utf-8><meta name=viewport content='width=device-width'><title>Zalo</title>"
            f"<h1>Zalo (thử)</h1><p>Cho ứng dụng nhắn tin thay OA của {escape(company)}?</p><p><a href='{link}'>Đồng ý</a></p>"
        )
        return 200, {"content-type": "text/html; charset=utf-8"}, page.encode()
    code = zalo.give_code(company, call.query.get("code_challenge", ""), call.at)
    back = {"code": code, "oa_id": zalo.app_of(company)["oa_id"]}
    if call.query.get("state"):
        back["state"] = call.query["state"]
    return 302, {"location": f"{redirect}?{urlencode(back)}"}, b""


def _token(call: Call, fault: Fault | None) -> Answer:
    """A pair for a code or for a refresh token. Errors have a shape of their own, and no number."""
    form = dict(parse_qsl(call.body.decode("utf-8", "replace")))
    company = _company_of_app(form.get("app_id", ""))
    if not company or call.headers.get("secret_key") != zalo.secret_of(company):
        return _oauth_error("Invalid secret key", "secret_key is wrong")
    if form.get("grant_type") == "authorization_code":
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        pair = zalo.exchange_code(company, form.get("code", ""), challenge, call.at)
    else:
        pair = zalo.exchange_refresh(company, form.get("refresh_token", ""), call.at)
    return json_answer(pair) if pair else _oauth_error("Invalid token", "it was used or is too old")


def _oauth_error(name: str, why: str) -> Answer:
    return json_answer(
        {
            "error_name": name,
            "error_reason": why,
            "error_description": why,
            "ref_doc": "https://developers.zalo.me/",
        }
    )


# ---- messages


def _reply(call: Call, fault: Fault | None) -> Answer:
    company = _company(call)
    told = call.json()
    id, person = zalo.take_reply(company, told, call.at)
    text = str(told["message"].get("text") or "")
    kind = "text"
    attachment = told["message"].get("attachment")
    if isinstance(attachment, dict):
        payload = attachment.get("payload") or {}
        is_picture = payload.get("template_type") == "media"
        kind = "file" if attachment.get("type") == "file" else ("image" if is_picture else "text")
    if fault is not Fault.NO_ECHO:
        zalo_calls.echo(company, call.host, person, id, text, kind, call.at)
    zalo_calls.receipts(company, call.host, person, [id], call.at, seen=False)
    if fault is Fault.ECHO_FIRST:
        zalo_calls.deliver_pending()
    zalo_calls.start_delivery()
    return _success(
        {
            "message_id": id,
            "user_id": person,
            "sent_time": _ms(call.at),
            "quota": _quota_of(company, person, call.at),
        }
    )


def _ms(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))


def _quota_of(company: str, person: str, at: datetime) -> dict[str, str]:
    with STORE.open() as opened:
        found = zalo.find_person(opened, company, person)
    is_free = bool(found and found[2]) and at - datetime.fromisoformat(found[2]) <= zalo.FREE  # type: ignore[index]
    return {"quota_type": "reply" if is_free else "purchase_quota", "remain": "1000", "total": "1000"}


def _quota(call: Call, fault: Fault | None) -> Answer:
    company, person = _company(call), str(call.json().get("user_id", ""))
    with STORE.open() as opened:
        found = zalo.find_person(opened, company, person)
    if found is None:
        raise Refusal(-201, "user_id is invalid")
    last = datetime.fromisoformat(found[2]) if found[2] else None
    is_open = last is not None and call.at - last <= zalo.FREE
    return _success(
        {
            "last_interaction": _ms(last) if last else "",
            "cs_reply": {"remain": 1000 if is_open else 0, "total": 1000},
        }
    )


def _template_to_user(call: Call, fault: Fault | None) -> Answer:
    company, told = _company(call), call.json()
    person = str(told.get("user_id", ""))
    with STORE.open() as opened:
        if zalo.find_person(opened, company, person) is None:
            raise Refusal(-201, "user_id is invalid")
        id = zalo.keep_message(
            opened,
            company,
            person,
            is_theirs=False,
            text=_template_text(told),
            extra={"template": True},
            at=call.at,
        )
    zalo_calls.receipts(company, call.host, person, [id], call.at, seen=False)
    zalo_calls.start_delivery()
    return _success({"message_id": id})


def _template_text(told: Mapping[str, Any]) -> str:
    """The words of a template: its number and what is filled in. Raises Refusal."""
    data = told.get("template_data")
    if not told.get("template_id"):
        raise Refusal(-109, "template id is invalid")
    if not isinstance(data, dict) or not all(isinstance(one, str) and one for one in data.values()):
        raise Refusal(-1121, "template data is invalid")
    if any(len(one) > 200 for one in data.values()):
        raise Refusal(-1122, "template data is too long")
    return f"[{told['template_id']}] " + ", ".join(f"{name}: {one}" for name, one in data.items())


def _template_to_phone(call: Call, fault: Fault | None) -> Answer:
    """By number: reaches the person with it, if they ever opened this Zalo; -110 for the others."""
    company, told = _company(call), call.json()
    number, tracking = str(told.get("phone", "")), str(told.get("tracking_id", ""))
    if not (number.startswith("84") and number.isdigit()):
        raise Refusal(-108, "phone is invalid")
    if not tracking or len(tracking) > 48:
        raise Refusal(-106, "tracking id is invalid")
    text = _template_text(told)
    person = zalo.person_id(company, f"+{number}")
    with STORE.open() as opened:
        if zalo.find_person(opened, company, person) is None:
            raise Refusal(-110, "Zalo version is not supported")
        id = zalo.keep_message(
            opened, company, person, is_theirs=False, text=text, extra={"template": True}, at=call.at
        )
    sides = {"sender": {"id": zalo.app_of(company)["oa_id"]}, "recipient": {"id": number}}
    message = {"delivery_time": _ms(call.at), "msg_id": id, "tracking_id": tracking}
    zalo_calls.plan(company, call.host, "user_received_message", {**sides, "message": message}, call.at)
    zalo_calls.start_delivery()
    return _success(
        {"msg_id": id, "sent_time": _ms(call.at), "quota": {"dailyQuota": "500", "remainingQuota": "499"}}
    )


# ---- the rest


def _user(call: Call, fault: Fault | None) -> Answer:
    company, person = _company(call), str(call.data().get("user_id", ""))
    with STORE.open() as opened:
        found = zalo.find_person(opened, company, person)
    if found is None:
        raise Refusal(-201, "user_id is invalid")
    name, _phone, last, follows = found
    day = datetime.fromisoformat(last).strftime("%d/%m/%Y") if last else ""
    return _success(
        {"user_id": person, "display_name": name, "user_alias": "", "is_sensitive": False, "user_is_follower": follows,
         "user_last_interaction_date": day, "shared_info": {}}
    )  # fmt: skip


def _account(call: Call, fault: Fault | None) -> Answer:
    company = _company(call)
    return _success(
        {"oaid": zalo.app_of(company)["oa_id"], "name": f"Điện lực {company} (thử)", "is_verified": True, "oa_type": 4,
         "package_name": "Thử", "linked_zca": "zca-1", "num_follower": 1}
    )  # fmt: skip


def _history(call: Call, fault: Fault | None) -> Answer:
    company, asked = _company(call), call.data()
    if int(asked.get("count", 0)) > 10:
        raise Refusal(-210, "Parameter exceeded allowable limit: count")
    lines = zalo.list_lines(company, str(asked.get("user_id", "")))[-10:]
    rows = [
        {"src": 1 if line.is_theirs else 0, "time": int(datetime.fromisoformat(line.at).timestamp() * 1000), "type": "text",
         "message": line.text, "message_id": line.id}
        for line in reversed(lines)
    ]  # fmt: skip
    return _success(rows)


def _recent(call: Call, fault: Fault | None) -> Answer:
    """The newest messages of all conversations."""
    company, asked = _company(call), call.data()
    count, offset = int(asked.get("count", 0)), int(asked.get("offset", 0))
    if count > 10:
        raise Refusal(-210, "Parameter exceeded allowable limit: count")
    oa_id = zalo.app_of(company)["oa_id"]
    with STORE.open() as opened:
        rows = opened.execute(
            "SELECT id, person, is_theirs, text, at FROM messages WHERE company = ? ORDER BY serial DESC LIMIT ? OFFSET ?",
            [company, count, offset],
        ).fetchall()
    return _success(
        [
            {"src": 1 if theirs else 0, "time": int(datetime.fromisoformat(at).timestamp() * 1000), "type": "text",
             "message": text, "message_id": id, "from_id": person if theirs else oa_id, "to_id": oa_id if theirs else person}
            for id, person, theirs, text, at in rows
        ]
    )  # fmt: skip


def _upload(kind: str) -> Callable[[Call, Fault | None], Answer]:
    def take(call: Call, fault: Fault | None) -> Answer:
        company = _company(call)
        name, content = _file(call)
        token = zalo.keep_upload(company, kind, name, content, call.at)
        return _success({"attachment_id" if kind == "image" else "token": token})

    return take


def _file(call: Call) -> tuple[str, bytes]:
    """The field `file` of a multipart body. Raises Refusal."""
    head = b"Content-Type: " + call.headers.get("content-type", "").encode() + b"\r\n\r\n"
    for part in BytesParser(policy=HTTP).parsebytes(head + call.body).iter_parts():
        if part.get_param("name", header="content-disposition") == "file":
            content = part.get_payload(decode=True)
            return str(part.get_filename() or "tep"), content if isinstance(content, bytes) else b""
    raise Refusal(-201, "file is invalid")


def _upload_shown(call: Call, fault: Fault | None) -> Answer:
    found = zalo.find_upload(call.path.rpartition("/")[2])
    if found is None:
        return 404, {}, b""
    return 200, {"content-type": "application/octet-stream", "x-content-type-options": "nosniff"}, found[1]


_ROUTES: dict[tuple[str, str], Callable[[Call, Fault | None], Answer]] = {
    ("GET", "/v4/oa/permission"): _permission,
    ("POST", "/v4/oa/access_token"): _token,
    ("POST", "/v3.0/oa/message/cs"): _reply,
    ("POST", "/v3.0/oa/message/template"): _template_to_user,
    ("POST", "/message/template"): _template_to_phone,
    ("POST", "/v3.0/oa/quota/message"): _quota,
    ("GET", "/v3.0/oa/user/detail"): _user,
    ("GET", "/v2.0/oa/getoa"): _account,
    ("GET", "/v2.0/oa/conversation"): _history,
    ("GET", "/v2.0/oa/listrecentchat"): _recent,
    ("POST", "/v2.0/oa/upload/image"): _upload("image"),
    ("POST", "/v2.0/oa/upload/file"): _upload("file"),
}
