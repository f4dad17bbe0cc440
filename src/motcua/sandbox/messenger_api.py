"""The Graph API as this Messenger has it. It checks what we send as the real one would: token, limits, windows, tags, templates."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable
from typing import Any

from motcua.channels.messenger import FIELDS
from motcua.sandbox import installation, messenger, messenger_calls
from motcua.sandbox.beside_edge import Answer, Call, Receive, Scope, Send, json_answer, serve
from motcua.sandbox.messenger import ERROR_OF, STORE, Fault, Refusal

PREFIX = "/sandbox/messenger"
VERSION = "v25.0"
SLOW_SECONDS, SILENT_SECONDS = 3.0, 20.0
TURNS = ("take_thread_control", "pass_thread_control", "release_thread_control")


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one call under /sandbox/messenger."""
    await serve(scope, receive, send, prefix=PREFIX, answer=answer)


def answer(call: Call) -> tuple[Answer, float]:
    """What the call is answered, and how many seconds its caller waits for that."""
    fault = None
    if call.method == "POST" and call.path.endswith("/messages"):
        with STORE.open() as opened:
            fault = STORE.take_fault_of(opened, of_events=False)
    if fault is Fault.BUSY:
        return (503, {}, b"busy"), 0
    if fault is Fault.BROKEN:
        return (500, {}, b"broken"), 0
    waits = {Fault.SLOW: SLOW_SECONDS, Fault.SILENT_AFTER_TAKING: SILENT_SECONDS}
    try:
        if fault in ERROR_OF:
            raise Refusal(*ERROR_OF[fault])
        return _route(call, fault), waits.get(fault, 0) if fault else 0
    except Refusal as refusal:
        return _error(refusal), 0
    except ValueError:
        return _error(Refusal(100, 0, "(#100) Invalid parameter.")), 0


def _error(refusal: Refusal) -> Answer:
    error = {
        "message": refusal.text, "type": "OAuthException", "code": refusal.code, "fbtrace_id": "Atrace0001",
        **({"error_subcode": refusal.subcode} if refusal.subcode else {}),
    }  # fmt: skip
    usage = '{"call_count":1,"total_time":1,"total_cputime":1}'
    return json_answer({"error": error}, 400, **{"x-app-usage": usage, "facebook-api-version": VERSION})


def _route(call: Call, fault: Fault | None) -> Answer:
    if call.path.startswith("/files/"):
        return _file(call)
    found = re.fullmatch(r"/v\d+\.\d/([^/]+)(?:/([a-z_]+))?", call.path)
    if found is None:
        return 404, {}, b"unknown"
    company = _company(call)
    first, rest = found[1], found[2] or ""
    own = str(messenger.page_of(company)["page_id"])
    if first not in {own, "me"} and not rest:
        return _person(call, company, first)
    if first not in {own, "me"}:
        raise Refusal(100, 33, "Unsupported request. Object does not exist.")
    if rest in TURNS:
        return _turn(call, company, rest)
    route = _ROUTES.get((call.method, rest))
    if route is None:
        raise Refusal(100, 33, "Unsupported request.")
    return route(call, company, fault)


def _company(call: Call) -> str:
    """Whose Page the token opens: in this Messenger its secret is its token. Raises Refusal."""
    given = call.query.get("access_token", "").encode()
    for code in installation.company_codes():
        if hmac.compare_digest(messenger.secret_of(code).encode(), given):
            return code
    raise Refusal(190, 0, "Invalid OAuth access token.")


def _send(call: Call, company: str, fault: Fault | None) -> Answer:
    told = call.json()
    if "sender_action" in told:
        return json_answer({"recipient_id": str((told.get("recipient") or {}).get("id", ""))})
    id, person, line = messenger.take_message(company, told, call.at)
    metadata = str(told["message"].get("metadata") or "")
    app_id = str(messenger.page_of(company)["app_id"])
    if fault is not Fault.NO_ECHO:
        messenger_calls.echo(company, call.host, person, line, call.at, metadata=metadata, app_id=app_id)
    messenger_calls.delivered(company, call.host, person, call.at, mids=[id])
    return json_answer({"recipient_id": person, "message_id": id})


def _upload(call: Call, company: str, fault: Fault | None) -> Answer:
    parts = call.parts()
    about = json.loads(parts.get("message", ("", b"{}"))[1])
    kind = str(about.get("attachment", {}).get("type", ""))
    name, content = parts.get("filedata", ("", b""))
    if kind not in {"image", "audio", "video", "file"}:
        raise Refusal(100, 0, "(#100) attachment type is invalid.")
    return json_answer({"attachment_id": messenger.keep_upload(company, kind, name, content)})


def _file(call: Call) -> Answer:
    found = messenger.find_upload(call.path.rpartition("/")[2])
    if found is None:
        return 404, {}, b""
    return 200, {"content-type": "application/octet-stream", "x-content-type-options": "nosniff"}, found[2]


def _me(call: Call, company: str, fault: Fault | None) -> Answer:
    return json_answer({"id": messenger.page_of(company)["page_id"], "name": f"Điện lực {company} (thử)"})


def _person(call: Call, company: str, person: str) -> Answer:
    with STORE.open() as opened:
        name = messenger.find_person(opened, company, person)[0]
    last, _space, first = name.rpartition(" ")
    return json_answer({"id": person, "first_name": first, "last_name": last})


def _turn(call: Call, company: str, verb: str) -> Answer:
    told = call.json()
    person = str((told.get("recipient") or {}).get("id", ""))
    messenger.hand_over(company, verb, person, str(told.get("target_app_id") or ""))
    return json_answer({"success": True})


def _subscribed(call: Call, company: str, fault: Fault | None) -> Answer:
    fields = messenger.find_page(company)[1]
    app_id = messenger.page_of(company)["app_id"]
    return json_answer({"data": [{"id": app_id, "subscribed_fields": fields}] if fields else []})


def _subscribe(call: Call, company: str, fault: Fault | None) -> Answer:
    fields = call.query.get("subscribed_fields", "")
    if not fields or not set(fields.split(",")) <= {*FIELDS, "feed", "response_feedback"}:
        raise Refusal(100, 0, "(#100) Param subscribed_fields must be one of its values.")
    messenger.set_page(company, fields=fields)
    return json_answer({"success": True})


def _profile(call: Call, company: str, fault: Fault | None) -> Answer:
    told = call.json()
    has_start = "get_started" in {**messenger.find_page(company)[0], **told}
    if told.get("persistent_menu") and not has_start:
        raise Refusal(100, 2018145, "(#100) You must set up a Get Started button first.")
    if any(len(one.get("text", "")) > 160 for one in told.get("greeting", [])):
        raise Refusal(100, 0, "(#100) greeting is too long.")
    if any(len(one.get("call_to_actions", [])) > 4 for one in told.get("ice_breakers", [])):
        raise Refusal(100, 0, "(#100) Too many ice breakers.")
    messenger.set_page(company, profile=told)
    return json_answer({"result": "success"})


def _profile_shown(call: Call, company: str, fault: Fault | None) -> Answer:
    return json_answer({"data": [messenger.find_page(company)[0]]})


def _template(call: Call, company: str, fault: Fault | None) -> Answer:
    messenger.keep_template(company, call.json())
    return json_answer({"id": "1", "status": "PENDING"})


def _templates(call: Call, company: str, fault: Fault | None) -> Answer:
    return json_answer({"data": messenger.list_templates(company)})


def _conversations(call: Call, company: str, fault: Fault | None) -> Answer:
    """The last messages of the newest conversations, or of one person's, newest first."""
    person, count = call.query.get("user_id", ""), int(call.query.get("limit") or 25)
    if count > 100:
        raise Refusal(100, 0, "(#100) limit is too large.")
    first = int(call.query.get("after") or 0)
    people = [person] if person else messenger.list_last(company, count=count, first=first)
    rows = [_conversation(company, one) for one in people]
    more = (
        {"paging": {"cursors": {"after": str(first + count)}}} if len(people) == count and not person else {}
    )
    return json_answer({"data": [row for row in rows if row], **more})


def _conversation(company: str, person: str) -> dict[str, Any]:
    own = messenger.page_of(company)["page_id"]
    lines = messenger.list_lines(company, person)[-10:]
    messages = [
        {
            **_files_of(line),
            "id": line.id, "created_time": line.at, "message": line.text,
            "from": {"id": person if line.is_theirs else own}, "to": {"data": [{"id": own if line.is_theirs else person}]},
        }
        for line in reversed(lines)
    ]  # fmt: skip
    return (
        {"id": f"t_{person}", "updated_time": lines[-1].at, "messages": {"data": messages}} if lines else {}
    )


def _files_of(line: messenger.Line) -> dict[str, Any]:
    """A picture as the list shows it: not as the webhook told it."""
    if not line.extra.get("url"):
        return {}
    file = {"mime_type": "image/jpeg", "name": line.extra["file"], "image_data": {"url": line.extra["url"]}}
    return {"attachments": {"data": [file]}}


_ROUTES: dict[tuple[str, str], Callable[[Call, str, Fault | None], Answer]] = {
    ("POST", "messages"): _send,
    ("POST", "message_attachments"): _upload,
    ("POST", "message_templates"): _template,
    ("GET", "message_templates"): _templates,
    ("POST", "messenger_profile"): _profile,
    ("GET", "messenger_profile"): _profile_shown,
    ("GET", "subscribed_apps"): _subscribed,
    ("POST", "subscribed_apps"): _subscribe,
    ("GET", "conversations"): _conversations,
    ("GET", ""): _me,
}
