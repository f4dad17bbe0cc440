"""`motcua invoice`: verify files, show the format, set up who sells and signs and where messages go, send now.

See docs/reference/e-invoice.md. Passwords and secrets come from the standard input, never from arguments.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from motcua.ops.home import Home
from motcua.ops.trouble import Exit, Trouble

if TYPE_CHECKING:
    from cryptography import x509

    from motcua.billing.einvoice.revocation import RevocationList
    from motcua.billing.einvoice.verifying import Verdict

SELLER_FIELDS = (
    "name", "tax_code", "address", "phone", "email", "bank_account", "bank_name", "place", "office_code", "office_name",
    "form", "letters", "coded", "way", "period_kind", "report_minutes",
)  # fmt: skip


def run(told: argparse.Namespace) -> int:
    acts = {
        "verify": _verify, "schema": _schema, "send": _send, "seller": _seller, "certificate": _certificate,
        "gateway": _gateway,
    }  # fmt: skip
    return acts[told.act](told)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The acts and their options."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    verify = acts.add_parser("verify", help="is a file what its seller signed? Needs no database")
    verify.add_argument("files", nargs="+", metavar="FILE", help="XML files; - reads the standard input")
    verify.add_argument(
        "--trust", action="append", default=[], metavar="PATH",
        help="certificates of authorities, a file or a folder (default: einvoice/trust in the home)",
    )  # fmt: skip
    verify.add_argument(
        "--crl", action="append", default=[], metavar="FILE",
        help="list of revoked certificates (default: those in einvoice/crl in the home)",
    )  # fmt: skip
    verify.add_argument("--json", action="store_true", help="one line of JSON a file")
    schema = acts.add_parser("schema", help="print our XML schema of a version")
    schema.add_argument("--version", default="", help="PBan (default: the newest)")
    schema.add_argument(
        "--kind", default="HDon", help="HDon, or a message: 200, 202, 203, 300, 301, 400, 204, 999"
    )
    send = acts.add_parser("send", help="number, sign, report, send and fetch what is due, now")
    seller = acts.add_parser("seller", help="what invoices say of the company from a day on")
    seller.add_argument("file", help="JSON with name, tax_code, address, place, office_code, office_name ...")
    seller.add_argument("--from", dest="since", required=True, metavar="DAY", help="YYYY-MM-DD")
    certificate = acts.add_parser("certificate", help="add the certificate that signs, or retire one")
    certificate.add_argument(
        "file", nargs="?", default="", help="PKCS#12 or PEM; of a device its certificate alone"
    )
    certificate.add_argument(
        "--device", default="", metavar="MODULE", help="PKCS#11 library of a token or HSM"
    )
    certificate.add_argument("--token", default="", help="label of the token")
    certificate.add_argument("--label", default="", help="label of the key in it")
    certificate.add_argument("--retire", default="", metavar="SERIAL", help="sign no more with this one")
    gateway = acts.add_parser("gateway", help="where messages to the tax authority go")
    gateway.add_argument("--address", required=True)
    gateway.add_argument("--partner", required=True, help="our name there")
    gateway.add_argument("--off", action="store_true", help="send and fetch nothing for now")
    for act in (send, seller, certificate, gateway):
        act.add_argument("--company", required=True)


def _verify(told: argparse.Namespace) -> int:
    """Exit code 1 when a file fails."""
    from motcua.billing.einvoice import verifying

    anchors = _anchors(told)
    revoked = _revoked(told, anchors)
    is_good = True
    for name in told.files:
        try:
            content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        except OSError as error:
            raise Trouble(f"{name}: {error.strerror}", Exit.USAGE) from None
        verdict = verifying.verify(content, anchors, revoked)
        is_good &= verdict.is_good
        print(_as_json(name, verdict) if told.json else _as_text(name, verdict))
    return int(Exit.OK if is_good else Exit.FAILED)


def _anchors(told: argparse.Namespace) -> list[x509.Certificate]:
    from motcua.billing.einvoice import trust

    home = told.home or os.environ.get("MOTCUA_HOME") or "var"
    paths = [Path(path) for path in told.trust] or [Path(home).expanduser() / "einvoice" / "trust"]
    found: list[x509.Certificate] = []
    try:
        for path in paths:
            found += trust.read_folder(path) if path.is_dir() else trust.read_file(path) if told.trust else []
    except (OSError, ValueError) as error:
        raise Trouble(f"The list of trusted authorities cannot be read: {error}", Exit.USAGE) from None
    return found


def _revoked(told: argparse.Namespace, anchors: list[x509.Certificate]) -> list[RevocationList]:
    """The lists named, each of which must count; else those of the home."""
    from motcua.billing.einvoice import revocation

    if not told.crl:
        home = told.home or os.environ.get("MOTCUA_HOME") or "var"
        return revocation.read_folder(Path(home).expanduser() / "einvoice" / "crl", anchors)
    try:
        return [revocation.read(Path(path).read_bytes(), anchors) for path in told.crl]
    except (OSError, revocation.ListUnusable) as error:
        raise Trouble(f"The list of revoked certificates cannot be used: {error}", Exit.USAGE) from None


def _as_text(name: str, verdict: Verdict) -> str:
    facts = verdict.facts
    lines = [f"{name}: {'good' if verdict.is_good else 'NOT GOOD'}"]
    if facts.get("number"):
        lines.append(
            f"  {facts['form']}{facts['symbol']} {facts['number']} of {facts['dated']}, {facts['seller_tax_code']} {facts['seller']}, {facts['total']} VND"
        )
    if "signed_at" in facts:
        lines.append(f"  signed {facts['signed_at']} by {facts.get('signed_by', '?')}")
        lines.append(f"  revocation list of {facts.get('revocation_list', 'nobody: not checked')}")
    if "revoked_at" in facts:
        lines.append(f"  certificate revoked on {facts['revoked_at']}")
    lines += [
        f"  {one.code}: {one.sentence}{f' ({one.detail})' if one.detail else ''}" for one in verdict.problems
    ]
    return "\n".join(lines)


def _as_json(name: str, verdict: Verdict) -> str:
    problems = [{"code": one.code, "message": one.sentence, "detail": one.detail} for one in verdict.problems]
    told = {"file": name, "good": verdict.is_good, "problems": problems, **verdict.facts}
    return json.dumps(told, ensure_ascii=False)


def _schema(told: argparse.Namespace) -> int:
    from motcua.billing.einvoice import formats, schema

    version = told.version or formats.list_versions()[-1]
    if version not in formats.list_versions():
        raise Trouble(f"Known versions: {', '.join(formats.list_versions())}.", Exit.USAGE)
    if told.kind not in {"HDon", "200", "202", "203", "300", "301", "400", "204", "999"}:
        raise Trouble("--kind is HDon or one of 200, 202, 203, 300, 301, 400, 204, 999.", Exit.USAGE)
    print(schema.xsd(version, told.kind), end="")
    return 0


def _send(told: argparse.Namespace) -> int:
    """What the worker does by itself, once, with its counts."""
    counts = _inside(told, _send_inside)
    print(", ".join(f"{name} {count}" for name, count in counts.items()))
    return 0


def _send_inside(told: argparse.Namespace) -> dict[str, int]:
    from motcua.billing.einvoice import answering, issuing, reporting
    from motcua.config import clock
    from motcua.connectors.einvoice import transport

    def all_of(act: Any) -> int:
        total = 0
        while done := act(at=clock.now()):
            total += done
        return total

    return {
        "numbered": all_of(issuing.number_next), "signed": all_of(issuing.sign_next),
        "reported": all_of(reporting.report_next), "sent": transport.send_due(at=clock.now(), limit=1000),
        "heard": transport.fetch(at=clock.now()), "applied": all_of(answering.apply_next),
    }  # fmt: skip


def _seller(told: argparse.Namespace) -> int:
    try:
        fields = json.loads(Path(told.file).read_text(encoding="utf-8"))
        since = date.fromisoformat(told.since)
    except (OSError, ValueError) as error:
        raise Trouble(f"{told.file}: {error}", Exit.USAGE) from None
    unknown = set(fields) - set(SELLER_FIELDS) if isinstance(fields, dict) else {"an object is wanted"}
    if unknown:
        raise Trouble(f"{told.file}: {', '.join(sorted(unknown))}", Exit.USAGE)
    _inside(told, lambda _told: _set_seller(fields, since))
    print(f"{told.company}: {fields['tax_code']} sells from {since}.")
    return 0


def _set_seller(fields: dict[str, Any], since: date) -> None:
    from django.db import IntegrityError

    from motcua.billing.einvoice import operations
    from motcua.billing.models import InvoiceSeller
    from motcua.config import clock
    from motcua.kernel.actors import Actor

    seller = InvoiceSeller(**fields, valid_from=since)
    try:
        operations.set_seller(seller=seller, actor=Actor.system("ops"), at=clock.now())
    except IntegrityError as error:
        raise Trouble(f"The seller was refused: {str(error).splitlines()[0]}", Exit.USAGE) from None


def _certificate(told: argparse.Namespace) -> int:
    if told.retire:
        _inside(told, _retire)
        print(f"{told.company}: {told.retire} signs no more.")
        return 0
    if not told.file or (told.device and not (told.token and told.label)):
        raise Trouble("A file is wanted; with --device also --token and --label.", Exit.USAGE)
    content = Path(told.file).read_bytes() if Path(told.file).exists() else b""
    secret = _secret("PIN: " if told.device else "Password of the file: ")
    row = _inside(told, lambda _told: _add_certificate(told, content, secret))
    print(f"{told.company}: {row.subject}, until {row.valid_to:%Y-%m-%d}, serial {row.serial}.")
    return 0


def _add_certificate(told: argparse.Namespace, content: bytes, secret: str) -> Any:
    from cryptography import x509

    from motcua.billing.einvoice import certificates, issuing, keys
    from motcua.config import clock
    from motcua.kernel.actors import Actor
    from motcua.kernel.local_time import local_date
    from motcua.kernel.results import Refused

    at = clock.now()
    seller = issuing.find_seller(local_date(at))
    if seller is None:
        raise Trouble("Nobody sells today: motcua invoice seller first.", Exit.USAGE)
    device = {"module": told.device, "token": told.token, "label": told.label} if told.device else None
    try:
        key: keys.SigningKey = keys.read_bundle(content, secret) if device is None else keys.DeviceKey(
            certificate=x509.load_pem_x509_certificate(content), pin=secret, **device
        )  # fmt: skip
        return certificates.add(
            key=key, tax_code=seller.tax_code, actor=Actor.system("ops"), at=at, device=device, pin=secret
        )
    except (keys.KeyUnusable, ValueError) as error:
        raise Trouble(f"{told.file}: {error}", Exit.USAGE) from None
    except Refused as refusal:
        raise Trouble(f"{told.file}: {refusal}", Exit.USAGE) from None


def _retire(told: argparse.Namespace) -> None:
    from motcua.billing.einvoice import certificates
    from motcua.config import clock
    from motcua.kernel.actors import Actor
    from motcua.kernel.results import NotFound

    try:
        certificates.retire(serial=told.retire, actor=Actor.system("ops"), at=clock.now())
    except NotFound:
        raise Trouble(f"{told.company} signs with no certificate {told.retire}.", Exit.USAGE) from None


def _gateway(told: argparse.Namespace) -> int:
    secret = _secret("Secret: ")
    _inside(told, lambda _told: _set_gateway(told, secret))
    print(f"{told.company}: messages {'stay here for now' if told.off else f'go to {told.address}'}.")
    return 0


def _set_gateway(told: argparse.Namespace, secret: str) -> None:
    from motcua.config import clock
    from motcua.connectors.einvoice import gateway
    from motcua.kernel.actors import Actor
    from motcua.kernel.results import Refused

    try:
        gateway.set_gateway(
            address=told.address, partner_code=told.partner, secret=secret, is_active=not told.off,
            actor=Actor.system("ops"), at=clock.now(),
        )  # fmt: skip
    except Refused as refusal:
        raise Trouble(str(refusal), Exit.USAGE) from None


def _secret(prompt: str) -> str:
    return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def _inside(told: argparse.Namespace, act: Any) -> Any:
    """Do it in the company, in this installation."""
    from motcua.ops import database

    with database.entered(Home(told.home or os.environ.get("MOTCUA_HOME") or "var")):
        from motcua.companies.context import using_company
        from motcua.companies.models import Company

        try:
            with using_company(told.company.upper()):
                return act(told)
        except Company.DoesNotExist:
            raise Trouble(f"There is no company {told.company}.", Exit.USAGE) from None
