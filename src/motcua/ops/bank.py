"""Certification of a bank: every case of the bank interface is tried over HTTP, until all are green.

The bank's engineer runs it from the bank's own network: `motcua bank certify ...`, or, without Motcua, this file alone
(`python bank.py --url ...`): it needs nothing but Python 3.11, and the package `cryptography` for Ed25519 keys. It
makes, confirms and takes back payments of one open charge, so it belongs to a test installation and a key for trying.
The manual of the interface is docs/reference/bank-api.md.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import hmac
import http.client
import io
import json
import secrets
import ssl
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

HANOI = timezone(timedelta(hours=7))
MISSING = object()


class CaseFailed(Exception):
    """What was expected and what came."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    is_signed: bool

    @property
    def json(self) -> dict[str, Any]:
        try:
            told = json.loads(self.body)
        except ValueError:
            raise CaseFailed(f"an answer that is no JSON, HTTP {self.status}") from None
        return told if isinstance(told, dict) else {}


@dataclass
class Bank:
    """A bank as the interface sees it: an address, a code, a key. `offset`: how far the other side's clock is off."""

    url: str
    partner: str
    key: str
    answering_key: str = ""
    company: str = ""
    offset: float = 0.0
    insecure: bool = False
    calls: int = 0

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time() + self.offset, HANOI)  # noqa: TID251 - a bank has no clock of ours

    def send(
        self,
        call: str,
        told: dict[str, Any],
        *,
        request_id: str = "",
        nonce: str = "",
        skew: float = 0.0,
        key: str = "",
        sent: bytes | None = None,
    ) -> Answer:
        """One signed call. `sent`: another body than the one that was signed."""
        if self.company and "company" not in told:
            told = {**told, "company": self.company}
        body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        path = urlsplit(self.url).path.rstrip("/") + "/" + call
        request_id, nonce = request_id or f"c-{secrets.token_hex(10)}", nonce or secrets.token_hex(16)
        stamp = (self.now() + timedelta(seconds=skew)).isoformat(timespec="seconds")
        text = "\n".join(["POST", path, stamp, request_id, hashlib.sha256(body).hexdigest(), nonce]).encode()
        headers = {
            "Content-Type": "application/json", "X-Partner-Id": self.partner, "X-Request-Id": request_id,
            "X-Timestamp": stamp, "X-Nonce": nonce, "X-Signature": sign(key or self.key, text),
        }  # fmt: skip
        status, came, answer = self._post(path, body if sent is None else sent, headers)
        self.calls += 1
        proof = [
            "ANSWER", path, request_id, nonce, came.get("x-timestamp", ""), str(status), hashlib.sha256(answer).hexdigest()
        ]  # fmt: skip
        return Answer(
            status, came, answer, self._is_ours(came.get("x-signature", ""), "\n".join(proof).encode())
        )

    def _post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(self.url)
        name = parts.hostname or ""
        where = "127.0.0.1" if name == "localhost" or name.endswith(".localhost") else name
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            context = ssl._create_unverified_context() if self.insecure else ssl.create_default_context()  # noqa: S323
            connection = http.client.HTTPSConnection(where, parts.port, timeout=60, context=context)
        else:
            connection = http.client.HTTPConnection(where, parts.port, timeout=60)
        try:
            connection.request("POST", path, body, {"Host": parts.netloc, **headers})
            response = connection.getresponse()
            came = {name.lower(): value for name, value in response.getheaders()}
            return response.status, came, response.read()
        finally:
            connection.close()

    def _is_ours(self, signature: str, text: bytes) -> bool:
        if not signature:
            return False
        if not self.key.startswith("ed25519:"):
            return hmac.compare_digest(sign(self.key, text), signature)
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.answering_key)).verify(
                bytes.fromhex(signature), text
            )
        except (InvalidSignature, ValueError):
            return False
        return True


def sign(key: str, text: bytes) -> str:
    """HMAC-SHA256 with a shared secret, or Ed25519 with `ed25519:` and the private key's 32 bytes in hexadecimal."""
    if not key.startswith("ed25519:"):
        return hmac.new(key.encode(), text, hashlib.sha256).hexdigest()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key.removeprefix("ed25519:")))
    return private.sign(text).hex()


def expect(answer: Answer, code: str, *, signed: bool = True, **facts: Any) -> dict[str, Any]:
    """The answer's JSON, when its code, its signature and these facts are as they must be. Raises CaseFailed."""
    told = answer.json
    if told.get("code") != code:
        raise CaseFailed(
            f"expected code {code}, got {told.get('code')} (HTTP {answer.status}): {told.get('message', '')}"
        )
    if signed and not answer.is_signed:
        raise CaseFailed("the answer is not signed with the key agreed")
    for name, wanted in facts.items():
        if told.get(name, MISSING) != wanted:
            raise CaseFailed(f"expected {name} {wanted!r}, got {told.get(name)!r}")
    return told


def require(is_so: bool, what: str) -> None:
    """Raises CaseFailed."""
    if not is_so:
        raise CaseFailed(what)


@dataclass
class Run:
    """The cases, in an order that leaves the charge as it was found."""

    bank: Bank
    code: str
    old: tuple[str, int] | None = None
    lines: dict[str, tuple[str, int]] = field(default_factory=dict)

    def txn(self) -> str:
        return f"CERT-{secrets.token_hex(8).upper()}"

    def look_up(self) -> dict[str, Any]:
        """The charge to try with, as it stands now."""
        told = expect(self.bank.send("inquiry", self._asked()), "00")
        bills = [bill for bill in told["bills"] if bill["payable_vnd"] == bill["amount_vnd"]]
        require(bool(bills), "there is no open charge that nobody is paying")
        first: dict[str, Any] = bills[0]
        return first

    def _asked(self) -> dict[str, str]:
        name = "customer_code" if len(self.code) == 13 and self.code.startswith("P") else "payment_code"
        return {"charge_id" if self.code.count("-") == 4 else name: self.code}

    def pay(self, bill: dict[str, Any], txn_id: str, **changes: Any) -> dict[str, Any]:
        return {
            "txn_id": txn_id, "charge_id": bill["bill_id"], "amount_vnd": bill["amount_vnd"], "version": bill["version"],
            "paid_at": self.bank.now().isoformat(timespec="seconds"), "channel": "MOBILE", **changes,
        }  # fmt: skip

    def hold(self, bill: dict[str, Any], txn_id: str, **changes: Any) -> dict[str, Any]:
        return {
            "txn_id": txn_id,
            "charge_id": bill["bill_id"],
            "amount_vnd": bill["amount_vnd"],
            "version": bill["version"],
            **changes,
        }

    def confirm(self, txn_id: str) -> dict[str, Any]:
        return {"txn_id": txn_id, "paid_at": self.bank.now().isoformat(timespec="seconds")}

    def take_back(self, bill: dict[str, Any], original: str) -> None:
        back = self.txn()
        told = {
            "txn_id": back,
            "original_txn_id": original,
            "amount_vnd": bill["amount_vnd"],
            "reason": "certification",
        }
        expect(self.bank.send("reverse", told), "00", state="reversed")
        self.lines[original], self.lines[back] = (
            ("receipt", bill["amount_vnd"]),
            ("reversal", bill["amount_vnd"]),
        )


def looks_up(run: Run) -> None:
    told = expect(run.bank.send("inquiry", run._asked()), "00")
    require(
        [bill["position"] for bill in told["bills"]] == list(range(1, len(told["bills"]) + 1)),
        "positions are not 1, 2, 3 ...",
    )
    words = told["customer_name"].split()
    require(all(set(word[1:]) <= {"•"} for word in words), "the name is not masked")


def unknown_code(run: Run) -> None:
    expect(run.bank.send("inquiry", {"payment_code": "CM999999999X"}), "01")


def wrong_signature(run: Run) -> None:
    wrong = (
        "ed25519:" + secrets.token_hex(32) if run.bank.key.startswith("ed25519:") else secrets.token_hex(20)
    )
    expect(run.bank.send("inquiry", run._asked(), key=wrong), "97", signed=False)


def changed_body(run: Run) -> None:
    expect(run.bank.send("inquiry", run._asked(), sent=b'{"payment_code":"x"}'), "97", signed=False)


def wrong_clock(run: Run) -> None:
    for skew in (-600, 600):
        expect(run.bank.send("inquiry", run._asked(), skew=skew), "97", signed=False)


def replayed_nonce(run: Run) -> None:
    nonce = secrets.token_hex(16)
    expect(run.bank.send("inquiry", run._asked(), nonce=nonce), "00")
    expect(run.bank.send("inquiry", run._asked(), nonce=nonce), "97", signed=False)


def malformed(run: Run) -> None:
    told = expect(run.bank.send("pay", {"txn_id": "x"}), "98")
    require(bool(told["fields"]), "the answer does not name the fields")


def unknown_transaction(run: Run) -> None:
    expect(run.bank.send("pay-status", {"txn_id": run.txn()}), "00", state="unknown")


def wrong_amount(run: Run) -> None:
    bill = run.look_up()
    told = expect(run.bank.send("pay", run.pay(bill, run.txn(), amount_vnd=bill["amount_vnd"] + 1)), "05")
    require(told.get("amount_vnd") == bill["amount_vnd"], "the answer does not say what can be taken")


def stale_version(run: Run) -> None:
    expect(run.bank.send("pay", run.pay(run.look_up(), run.txn(), version="000000000000")), "03")


def hold_and_release(run: Run) -> None:
    bill, txn_id = run.look_up(), run.txn()
    expect(run.bank.send("hold", run.hold(bill, txn_id)), "00", state="held")
    expect(run.bank.send("pay", run.pay(bill, run.txn())), "10")
    expect(run.bank.send("release", {"txn_id": txn_id}), "00", state="released")
    expect(run.bank.send("release", {"txn_id": txn_id}), "00", is_duplicate=True)


def hold_and_confirm(run: Run) -> None:
    bill, txn_id = run.look_up(), run.txn()
    expect(run.bank.send("hold", run.hold(bill, txn_id)), "00", state="held")
    confirming = run.confirm(txn_id)
    expect(run.bank.send("confirm", confirming), "00", state="paid", was_late=False)
    expect(run.bank.send("confirm", confirming), "00", state="paid", is_duplicate=True)
    expect(run.bank.send("release", {"txn_id": txn_id}), "12")
    run.take_back(bill, txn_id)


def hold_times_out(run: Run) -> None:
    bill, txn_id = run.look_up(), run.txn()
    expect(run.bank.send("hold", run.hold(bill, txn_id, seconds=1)), "00", state="held")
    time.sleep(1.2)
    expect(run.bank.send("pay-status", {"txn_id": txn_id}), "00", state="expired")
    expect(run.bank.send("confirm", run.confirm(txn_id)), "00", state="paid", was_late=True)
    run.take_back(bill, txn_id)


def pays_once(run: Run) -> None:
    bill, txn_id, request_id = run.look_up(), run.txn(), f"c-{secrets.token_hex(10)}"
    told = run.pay(bill, txn_id)
    first = run.bank.send("pay", told, request_id=request_id)
    expect(first, "00", state="paid", remaining_vnd=0, is_duplicate=False)
    again = run.bank.send("pay", told, request_id=request_id)
    require(again.body == first.body, "the same request did not get the same bytes")
    expect(run.bank.send("pay", told), "00", state="paid", is_duplicate=True)
    other = expect(run.bank.send("pay", {**told, "amount_vnd": 1}, request_id=request_id), "06")
    require(other["fields"] == ["amount_vnd"], "06 does not name amount_vnd")
    expect(run.bank.send("pay", {**told, "amount_vnd": 1}), "06")
    expect(run.bank.send("pay", run.pay(bill, run.txn())), "04")
    expect(run.bank.send("pay-status", {"txn_id": txn_id}), "00", state="paid")
    run.take_back(bill, txn_id)
    expect(run.bank.send("pay-status", {"txn_id": txn_id}), "00", state="reversed")


def reversal_comes_first(run: Run) -> None:
    bill, txn_id, back = run.look_up(), run.txn(), run.txn()
    told = {"txn_id": back, "original_txn_id": txn_id, "amount_vnd": bill["amount_vnd"]}
    if not run.bank.company:
        told["company"] = expect(run.bank.send("inquiry", {"charge_id": bill["bill_id"]}), "00")["company"]
    expect(run.bank.send("reverse", told), "00", state="waiting")
    expect(run.bank.send("pay", run.pay(bill, txn_id)), "00", state="reversed")
    run.lines[txn_id], run.lines[back] = ("receipt", bill["amount_vnd"]), ("reversal", bill["amount_vnd"])


def _days(run: Run) -> list[str]:
    """Today, and tomorrow: where the cut-off is over already, today's payments are tomorrow's."""
    return [(run.bank.now() + timedelta(days=number)).date().isoformat() for number in (0, 1)]


def _company(run: Run) -> dict[str, str]:
    return {"company": expect(run.bank.send("inquiry", run._asked()), "00")["company"]}


def daily_file(run: Run) -> None:
    seen: set[str] = set()
    for day in _days(run):
        answer = run.bank.send("daily-file", {"date": day, **_company(run)})
        require(answer.status == 200 and answer.is_signed, f"no signed file, HTTP {answer.status}")
        text = answer.body.decode()
        *rows, last = list(csv.reader(io.StringIO(text)))
        require(
            last[4] == hashlib.sha256(text[: text.rindex("#")].encode()).hexdigest(),
            "the file's hash is not right",
        )
        require(int(last[1]) == len(rows) - 1, "the file's count is not right")
        seen |= {row[1] for row in rows[1:]}
    require(set(run.lines) <= seen, f"missing in the file: {', '.join(sorted(set(run.lines) - seen)[:3])}")


def reconciles(run: Run) -> None:
    lines = [{"txn_id": txn, "kind": kind, "amount_vnd": amount} for txn, (kind, amount) in run.lines.items()]
    totals = {"count": len(lines), "amount_vnd": sum(line["amount_vnd"] for line in lines)}  # type: ignore[misc]
    matched = 0
    for day in _days(run):
        told = {"date": day, "anew": True, "lines": lines, "totals": totals, **_company(run)}
        matched += expect(run.bank.send("reconcile", told), "00")["matched"]
    require(matched == len(lines), f"{len(lines)} lines were told, {matched} matched")


def reversal_after_day_end(run: Run) -> None:
    assert run.old is not None
    txn_id, amount = run.old
    told = {"txn_id": run.txn(), "original_txn_id": txn_id, "amount_vnd": amount}
    expect(run.bank.send("reverse", told), "08")


CASES: list[tuple[str, Callable[[Run], None]]] = [
    ("looks up what is owed: masked, in order", looks_up),
    ("an unknown code is 01", unknown_code),
    ("a wrong signature is 97", wrong_signature),
    ("a body changed after signing is 97", changed_body),
    ("a clock ten minutes off is 97", wrong_clock),
    ("a replayed nonce is 97", replayed_nonce),
    ("a call that cannot be read is 98 and names its fields", malformed),
    ("an unknown transaction is unknown, no error", unknown_transaction),
    ("another amount is 05 and told", wrong_amount),
    ("an old version is 03", stale_version),
    ("held, kept from others, released", hold_and_release),
    ("held, confirmed, confirmed again", hold_and_confirm),
    ("held until its time is over, confirmed late", hold_times_out),
    ("paid once: repeated, doubled, other content, paid already, reversed", pays_once),
    ("a reversal that comes before its payment", reversal_comes_first),
    ("the daily file has every line", daily_file),
    ("the day reconciles", reconciles),
]
AFTER_DAY_END = "a reversal after its day is 08"


def certify(
    bank: Bank, code: str, *, old: tuple[str, int] | None, say: Callable[[str], object]
) -> dict[str, Any]:
    """Run every case; the report, as it is written to --json."""
    run, results = Run(bank, code, old), []
    cases = [*CASES, *([(AFTER_DAY_END, reversal_after_day_end)] if old else [])]
    for name, case in cases:
        began = time.perf_counter()
        problem = ""
        try:
            case(run)
        except CaseFailed as failed:
            problem = str(failed)
        except (OSError, http.client.HTTPException, KeyError, IndexError, TypeError, ValueError) as error:
            problem = f"{type(error).__name__}: {error}"
        results.append({"case": name, "ok": not problem, "problem": problem})
        mark = "ok     " if not problem else "FAILED "
        say(
            f"{mark} {name} ({(time.perf_counter() - began) * 1000:.0f} ms){': ' + problem if problem else ''}"
        )
    red = sum(not one["ok"] for one in results)
    left = "" if old else AFTER_DAY_END
    if left:
        say(
            f"open    {left}: run again on another day with --old-txn TXN:AMOUNT of a payment that was not taken back"
        )
    say(f"{len(results) - red} of {len(results)} cases are green; {bank.calls} calls.")
    return {
        "url": bank.url,
        "partner": bank.partner,
        "at": bank.now().isoformat(timespec="seconds"),
        "results": results,
        "open": [left] if left else [],
        "green": red == 0 and not left,
    }


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", required=True, help="https://HOST/api/banks/BANK/")
    parser.add_argument("--partner", required=True, help="the partner's code")
    parser.add_argument("--key", required=True, help="the secret, ed25519:HEX, or @FILE that holds either")
    parser.add_argument(
        "--answering-key", default="", help="with Ed25519: the public key the other side signs with"
    )
    parser.add_argument(
        "--code", required=True, help="an account code, payment code or charge id with something open"
    )
    parser.add_argument("--company", default="", help="at the group's host: which company")
    parser.add_argument(
        "--old-txn", default="", metavar="TXN:AMOUNT", help="a payment of an earlier day of this bank"
    )
    parser.add_argument("--json", default="", metavar="FILE", help="write the report there")
    parser.add_argument(
        "--offset", type=float, default=0.0, help="seconds the other side's clock is ahead (a demo's)"
    )
    parser.add_argument("--insecure", action="store_true", help="a demo's own certificate is good enough")


def run(told: argparse.Namespace) -> int:
    """The command; what stands behind its name is read here, so that the file works alone as well."""
    parser = argparse.ArgumentParser(prog="motcua bank certify", description=__doc__.splitlines()[0])
    arguments(parser)
    return act(parser.parse_args(told.rest))


def act(told: argparse.Namespace) -> int:
    """0 when all is green, 3 when a case is still open, 1 when one failed, 2 when it was called wrongly."""
    key = Path(told.key[1:]).read_text().strip() if told.key.startswith("@") else told.key
    if urlsplit(told.url).scheme not in {"http", "https"}:
        sys.stderr.write("--url must begin with https:// (http:// for a demonstration)\n")
        return 2
    txn_id, _, amount = told.old_txn.rpartition(":")
    if told.old_txn and not (txn_id and amount.isdecimal()):
        sys.stderr.write("--old-txn is TXN:AMOUNT\n")
        return 2
    bank = Bank(told.url, told.partner, key, told.answering_key, told.company, told.offset, told.insecure)
    report = certify(
        bank,
        told.code,
        old=(txn_id, int(amount)) if txn_id else None,
        say=lambda line: print(line, flush=True),
    )
    if told.json:
        Path(told.json).write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    if not all(one["ok"] for one in report["results"]):
        return 1
    return 0 if report["green"] else 3


if __name__ == "__main__":
    alone = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments(alone)
    raise SystemExit(act(alone.parse_args()))
