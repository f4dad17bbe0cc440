"""Rows of whom the company deals with: portals, providers of sign-in, and the stand-ins for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from motcua.connectors.identity import directories, oidc, providers, sign_in
from motcua.connectors.meters import head_ends as head_end_rows
from motcua.connectors.models import Portal, PortalCallback
from motcua.connectors.portals import intake, partners
from motcua.documents import operations as document_ops
from motcua.kernel.ids import new_id
from motcua.sandbox import bank as stand_in_bank
from motcua.sandbox import portal as stand_in_portal
from motcua.sandbox import portal_identity
from tests.documents import samples
from tests.permissions.addresses import DOSSIER, PORTAL
from tests.permissions.names import (
    CENTRE,
    FORM,
    HEAD_END,
    HERE,
    MARKS,
    NOW,
    OTHER_HEAD_END,
    OTHER_PORTAL,
    OTHER_SECRET,
    PORTAL_SECRET,
    RETURNS_TO,
    SEED,
)


def portal() -> dict[str, Any]:
    """A portal with a dossier, another one, and a change that the first could not be told of."""
    given = {
        "format": "PROVINCIAL", "agency": "H26", "callback_url": "", "procedures": {"1.008801": "NEW-LV-RES"},
        "actor": SEED, "at": NOW,
    }  # fmt: skip
    partners.add_portal(code=PORTAL, name="Cổng Hà Nội", secret=PORTAL_SECRET, **given)
    partners.add_portal(code=OTHER_PORTAL, name="Cổng quốc gia", secret=OTHER_SECRET, **given)
    here = partners.find_portal(PORTAL)
    assert here is not None
    done = intake.submit(
        here, number=DOSSIER, procedure="1.008801", province_code="01", submitted_at=NOW,
        form=dict(FORM),
        at=NOW,
    )  # fmt: skip
    callback = PortalCallback.objects.filter(request_id=done.view.id).first()
    if callback is None:
        callback = PortalCallback.objects.create(
            id=new_id(NOW), portal_id=Portal.objects.get(code=PORTAL).pk, request_id=done.view.id, dossier_number=DOSSIER,
            seq=99, name="test", status=2, next_at=NOW, created_at=NOW,
        )  # fmt: skip
    PortalCallback.objects.filter(id=callback.id).update(state="DEAD")
    door = {"name": "Cổng", "client_id": "motcua", "actor": SEED, "at": NOW}
    providers.add_provider(code="DVCQG", issuer="https://cong.example.vn", client_secret=OTHER_SECRET, **door)
    directories.set_directory(
        code="sso", kind="OIDC", address="https://sso.example.vn", secret=OTHER_SECRET, options={}, **door
    )
    result = document_ops.store_made(
        content=samples.pdf(1), mime="application/pdf", name="ket-qua.pdf", kind="CONTRACT_SIGNED", subject_type="request",
        subject_id=done.view.id, actor=SEED, at=NOW,
    )  # fmt: skip
    return {"callback_id": callback.id, "result_id": result.id}


def head_ends() -> None:
    """Two metering systems, each with a key of its own."""
    given = {"unit_code": CENTRE, "actor": SEED, "at": NOW}
    head_end_rows.add_head_end(code=HEAD_END, name="Đo xa", secret=PORTAL_SECRET, **given)
    head_end_rows.add_head_end(code=OTHER_HEAD_END, name="Đo xa 2", secret=OTHER_SECRET, **given)


def stand_ins(things: Mapping[str, Any]) -> dict[str, Any]:
    """A transfer at the stand-in bank; a dossier at the stand-in portal, and its sign-in at each of its stages."""
    order = stand_in_bank.read_order(told=things["payment_code"], amount_vnd=1_000)
    number = stand_in_portal.new_number(NOW)
    stand_in_portal.expect(number=number, host=HERE, at=NOW)
    portal_identity.ensure_provider(host=HERE, at=NOW)
    there = sign_in.begin(
        provider_code=portal_identity.PROVIDER, session_id=things["session"], redirect_uri=RETURNS_TO, goes_to="/", at=NOW
    )  # fmt: skip
    question = dict(parse_qsl(urlsplit(there).query))
    asked = portal_identity.read_question(question, return_addresses=[RETURNS_TO])
    back = {"state": asked.state, "code": _grant(asked), "iss": portal_identity.issuer(HERE)}
    token = portal_identity.redeem(_redeeming(), host=HERE, at=NOW)
    assert token is not None
    return {
        "transfer_id": stand_in_bank.pay(order=order, host=HERE, at=NOW), "expected": number, "sign_in": question,
        "came_back": back, "redeeming": _redeeming(), "token": token["access_token"],
    }  # fmt: skip


def _grant(asked: portal_identity.Asked) -> str:
    return portal_identity.grant(
        asked, full_name=MARKS[0], id_number=MARKS[1], phone=MARKS[2], faults=(), at=NOW
    )


def _redeeming() -> dict[str, str]:
    """What a client of ours asks a token with."""
    verifier = oidc.new_verifier()
    code = _grant(portal_identity.Asked(RETURNS_TO, "state", "nonce", oidc.challenge_of(verifier)))
    return {
        "grant_type": "authorization_code", "client_id": portal_identity.CLIENT_ID, "code": code,
        "client_secret": portal_identity.client_secret("HANOI"), "redirect_uri": RETURNS_TO, "code_verifier": verifier,
    }  # fmt: skip


def of_address(things: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What an argument means where it is not what it means elsewhere."""
    of_portals = ("submit", "status", "attach", "supplement", "withdraw", "fees", "results")
    return {
        **dict.fromkeys(("staff:portal", "staff:portal-act"), {"code": PORTAL}),
        **dict.fromkeys(("staff:head-end", "staff:head-end-act"), {"code": HEAD_END}),
        "api-meters:take": {"head_end": HEAD_END},
        "api-meters:take_demands": {"head_end": HEAD_END},
        **dict.fromkeys(("staff:provider", "staff:provider-act"), {"code": "DVCQG"}),
        **dict.fromkeys(("staff:directory", "staff:directory-act"), {"code": "sso"}),
        "staff_directory_begin": {"code": "nowhere"},
        "sandbox:portal-dossier": {"number": things["expected"]},
        **dict.fromkeys(("sandbox:bank-transfer", "sandbox:bank-take-back"), {"txn_id": things["transfer_id"]}),
        **dict.fromkeys([f"api-portals:{name}" for name in of_portals], {"number": DOSSIER}),
        "api-portals:result": {"number": DOSSIER, "document_id": things["result_id"]},
        **{
            f"api-portals:{name} other's": {"portal": OTHER_PORTAL, "number": DOSSIER}
            for name in ("status", "attach", "supplement", "withdraw", "result")
        },
        "api-public:service_schema": {"code": "INFO"},
    }  # fmt: skip
