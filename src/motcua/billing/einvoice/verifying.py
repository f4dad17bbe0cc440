"""Whether an invoice file is what its seller signed: each thing that is wrong has a code and a sentence.

What is checked is what is read: the signature must lie where the seller's lies, point at the one document of the
file by an Id that nothing else has, and cover the time of signing. All else is refused, not guessed.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from motcua.billing.einvoice import formats, parsing, revocation, schema, trust
from motcua.billing.einvoice.keys import MIN_BITS
from motcua.billing.einvoice.revocation import RevocationList
from motcua.billing.einvoice.signing import C14N, DSIG, ENVELOPED, RSA_SHA256, SHA256
from motcua.kernel import local_time
from motcua.kernel.results import gettext_noop as _

REASONS = {
    "TOO_LARGE": _("Tệp quá lớn"),
    "HOSTILE": _("Tệp khai báo kiểu hoặc thực thể XML, không được phép"),
    "NOT_XML": _("Tệp không phải XML đọc được"),
    "NOT_INVOICE": _("Tệp không phải hóa đơn điện tử (thiếu HDon/DLHDon)"),
    "COMMENT_INSIDE": _("Có chú thích hoặc chỉ thị xử lý trong hóa đơn"),
    "NOT_SIGNED": _("Hóa đơn chưa có chữ ký của người bán"),
    "MANY_SIGNATURES": _("Có nhiều hơn một chữ ký của người bán"),
    "SIGNATURE_MISPLACED": _("Chữ ký không nằm ở DSCKS/NBan"),
    "DUPLICATE_ID": _("Nhiều phần tử có cùng một Id"),
    "REFERENCE_MISSING": _("Chữ ký không trỏ tới dữ liệu hóa đơn DLHDon"),
    "REFERENCE_ELSEWHERE": _("Chữ ký trỏ tới phần tử khác với dữ liệu hóa đơn"),
    "SIGNING_TIME_UNSIGNED": _("Thời điểm ký không có hoặc không được ký"),
    "ALGORITHM_REFUSED": _("Thuật toán ký không được chấp nhận"),
    "INVALID_DIGEST": _("Nội dung đã bị sửa sau khi ký"),
    "INVALID_SIGNATURE": _("Chữ ký không khớp với chứng thư"),
    "CERTIFICATE_UNREADABLE": _("Không đọc được chứng thư của người ký"),
    "CERTIFICATE_OUT_OF_DATE": _("Chứng thư không còn hoặc chưa có hiệu lực lúc ký"),
    "TAX_CODE_DIFFERS": _("Mã số thuế trong chứng thư khác mã số thuế người bán"),
    "CERTIFICATE_REVOKED": _("Chứng thư đã bị thu hồi trước khi ký"),
    "CHAIN_UNTRUSTED": _("Chứng thư không do tổ chức trong danh sách tin cậy cấp"),
    "SUMS_DIFFER": _("Tiền hàng, tiền thuế và tổng tiền không khớp"),
    "CODE_MISSING": _("Hóa đơn có mã nhưng chưa có mã của cơ quan thuế"),
    "CODE_UNSIGNED": _("Mã của cơ quan thuế không được cơ quan thuế ký"),
    "CODE_FORGED": _("Chữ ký cấp mã không phải của cơ quan thuế"),
    "CONTENT_DIFFERS": _("Nội dung khác với hóa đơn mà công ty đã phát hành"),
    "FORMAT": _("Không đúng định dạng của cơ quan thuế"),
}
NOTES = frozenset({"FORMAT"})  # told, but the signature stands
_NS = f"{{{DSIG}}}"
_TRANSFORMS = frozenset({ENVELOPED, C14N})


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: a stable code, and where."""

    code: str
    detail: str = ""

    @property
    def sentence(self) -> str:
        return REASONS.get(self.code, self.code)


@dataclass
class Verdict:
    """What came out. `facts`: number, symbol, seller, total ... as the file says, to be believed only where `is_good`."""

    problems: list[Problem] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        return not [problem for problem in self.problems if problem.code not in NOTES]

    @property
    def codes(self) -> list[str]:
        return [problem.code for problem in self.problems]


class Unverified(Exception):
    """Why a signature does not count."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.problem = Problem(code, detail)


def verify(
    content: bytes, anchors: Sequence[x509.Certificate], revoked: Sequence[RevocationList] = ()
) -> Verdict:
    """Read a file and check all of it; what is wrong is in the order in which it was found.

    `revoked`: the authorities' lists. A certificate that was taken back after the signing does not undo it; `facts` then tell
    the day (`revoked_at`), and of which instant the list is (`revocation_list`) where there is one of its authority.
    """
    verdict = Verdict()
    try:
        root = parsing.parse(content)
    except parsing.Unreadable as error:
        verdict.problems.append(Problem(error.code, error.detail))
        return verdict
    try:
        _check(root, anchors, revoked, verdict)
    except Unverified as refused:
        verdict.problems.append(refused.problem)
    return verdict


def _check(
    root: etree._Element,
    anchors: Sequence[x509.Certificate],
    revoked: Sequence[RevocationList],
    verdict: Verdict,
) -> None:
    documents = root.findall("DLHDon")
    if root.tag != "HDon" or len(documents) != 1:
        raise Unverified("NOT_INVOICE")
    document = documents[0]
    if any(not isinstance(element.tag, str) for element in root.iter()):
        raise Unverified("COMMENT_INSIDE")
    verdict.facts.update(_facts(document))
    _note_format(root, document, verdict)
    _note_sums(document, verdict)
    signature = _seller_signature(root)
    identified = identify(root)
    signed_at = check_signature(signature, document, identified)
    verdict.facts["signed_at"] = signed_at.isoformat()
    certificates = certificates_of(signature)
    seller = parsing.text_of(document, "NDHDon/NBan/MST")
    verdict.facts["signed_by"] = certificates[0].subject.rfc4514_string()
    verdict.problems += check_certificate(certificates, anchors, tax_code=seller, signed_at=signed_at)
    _note_revocation(certificates, revoked, signed_at, verdict)
    if verdict.facts["symbol"].startswith("C"):
        verdict.problems += check_code(root, document, identified, anchors)
        verdict.facts["authority_code"] = parsing.text_of(root, "MCCQT")


def check_code(
    root: etree._Element,
    document: etree._Element,
    identified: dict[str, etree._Element],
    anchors: Sequence[x509.Certificate],
) -> list[Problem]:
    """What is wrong with the authority's code of a coded invoice: it must be there, and signed together with the document."""
    codes, places = root.findall("MCCQT"), root.findall(f"DSCKS/CQT/{_NS}Signature")
    if len(codes) != 1 or not (codes[0].text or "").strip():
        return [Problem("CODE_MISSING")]
    if len(places) != 1:
        return [Problem("CODE_UNSIGNED")]
    try:
        covered, signed_at = read_signature(places[0], identified)
        certificates = certificates_of(places[0])
    except Unverified as refused:
        return [Problem("CODE_FORGED", refused.problem.code)]
    if document not in covered or codes[0] not in covered:
        return [Problem("CODE_UNSIGNED")]
    leaf = certificates[0]
    is_theirs = bool(trust.tax_codes(leaf) & formats.authority_tax_codes()) and trust.is_valid(
        leaf, signed_at
    )
    if not is_theirs or not trust.is_trusted(leaf, anchors, at=signed_at, between=certificates[1:]):
        return [Problem("CODE_FORGED", leaf.subject.rfc4514_string()[:200])]
    return []


def _note_revocation(
    certificates: Sequence[x509.Certificate],
    revoked: Sequence[RevocationList],
    signed_at: datetime,
    verdict: Verdict,
) -> None:
    known = next((one for one in revoked if one.issuer == certificates[0].issuer), None)
    if known is not None:
        verdict.facts["revocation_list"] = known.made_at.isoformat()
    found = revocation.find_revoked(certificates, revoked)
    if found is None:
        return
    _certificate, at = found
    verdict.facts["revoked_at"] = at.isoformat()
    if at <= signed_at:
        verdict.problems.append(Problem("CERTIFICATE_REVOKED", f"{local_time.to_local(at):%d/%m/%Y %H:%M}"))


def _facts(document: etree._Element) -> dict[str, str]:
    paths = {
        "version": "TTChung/PBan", "form": "TTChung/KHMSHDon", "symbol": "TTChung/KHHDon", "number": "TTChung/SHDon",
        "dated": "TTChung/NLap", "seller": "NDHDon/NBan/Ten", "seller_tax_code": "NDHDon/NBan/MST",
        "customer_code": "NDHDon/NMua/MKHang", "total": "NDHDon/TToan/TgTTTBSo",
    }  # fmt: skip
    return {name: parsing.text_of(document, path) for name, path in paths.items()}


def _note_format(root: etree._Element, document: etree._Element, verdict: Verdict) -> None:
    version = parsing.text_of(document, "TTChung/PBan")
    known = version if version in formats.list_versions() else formats.list_versions()[-1]
    problems = schema.list_problems(root, version=known)
    if problems:
        verdict.problems.append(Problem("FORMAT", problems[0][:300]))


def _note_sums(document: etree._Element, verdict: Verdict) -> None:
    """Lines against the sum before tax, that and the tax against the total; discounts and fees counted in."""
    content = document.find("NDHDon")
    if content is None:
        return
    try:
        lines = _sum(content, "DSHHDVu/HHDVu/ThTien")
        before, tax = _sum(content, "TToan/TgTCThue"), _sum(content, "TToan/TgTThue")
        more = (
            _sum(content, "TToan/DSLPhi/LPhi/TPhi")
            - _sum(content, "TToan/TTCKTMai")
            + _sum(content, "TToan/TGTKhac")
        )
        total = _sum(content, "TToan/TgTTTBSo")
    except InvalidOperation:
        verdict.problems.append(Problem("SUMS_DIFFER", "an amount is no number"))
        return
    has_before = content.find("TToan/TgTCThue") is not None
    if has_before and abs(before + tax + more - total) >= 1:
        verdict.problems.append(Problem("SUMS_DIFFER", f"{before} + {tax} + {more} ≠ {total}"))
    elif has_before and abs(lines - before) >= 1 and content.find("TToan/TTCKTMai") is None:
        verdict.problems.append(Problem("SUMS_DIFFER", f"{lines} ≠ {before}"))


def _sum(content: etree._Element, path: str) -> Decimal:
    return sum((Decimal((found.text or "").strip()) for found in content.findall(path)), Decimal(0))


def _seller_signature(root: etree._Element) -> etree._Element:
    """The one Signature under DSCKS/NBan; any other must lie where the other signers' places are."""
    places = root.findall(f"DSCKS/NBan/{_NS}Signature")
    known = [*places, *root.findall(f"DSCKS/NMua/{_NS}Signature"), *root.findall(f"DSCKS/CQT/{_NS}Signature")]
    known += root.findall(f"DSCKS/CCKSKhac//{_NS}Signature")
    everywhere = list(root.iter(f"{_NS}Signature"))
    if len(everywhere) > len(known) or len(root.findall("DSCKS")) > 1 or len(root.findall("DSCKS/NBan")) > 1:
        raise Unverified("SIGNATURE_MISPLACED")
    if not places:
        raise Unverified("SIGNATURE_MISPLACED" if everywhere else "NOT_SIGNED")
    if len(places) > 1:
        raise Unverified("MANY_SIGNATURES")
    return places[0]


def identify(root: etree._Element) -> dict[str, etree._Element]:
    """Elements by Id; refuses when two have the same, whatever the letters' case of the attribute's name."""
    found: dict[str, etree._Element] = {}
    for element in root.iter():
        for name, value in element.attrib.items():
            if etree.QName(name).localname.lower() == "id":
                if value in found:
                    raise Unverified("DUPLICATE_ID", value[:80])
                found[value] = element
    return found


def check_signature(
    signature: etree._Element, document: etree._Element, identified: dict[str, etree._Element]
) -> datetime:
    """The instant at which the document was signed. Raises the reason why it was not."""
    covered, signed_at = read_signature(signature, identified)
    if document not in covered:
        raise Unverified("REFERENCE_ELSEWHERE" if covered else "REFERENCE_MISSING")
    return signed_at


def read_signature(
    signature: etree._Element, identified: dict[str, etree._Element]
) -> tuple[list[etree._Element], datetime]:
    """What a signature covers, unchanged, and when it was made. Raises the reason why it does not count."""
    info = signature.find(f"{_NS}SignedInfo")
    if info is None:
        raise Unverified("NOT_SIGNED", "SignedInfo")
    _require_algorithms(info)
    covered = []
    for reference in info.findall(f"{_NS}Reference"):
        uri = reference.get("URI") or ""
        element = identified.get(uri[1:]) if uri.startswith("#") else None
        if element is None:
            raise Unverified("REFERENCE_MISSING", uri[:80])
        _check_digest(reference, element)
        covered.append(element)
    if not covered:
        raise Unverified("REFERENCE_MISSING")
    signed_at = _signing_time(signature, covered)
    _check_value(signature, info)
    return covered, signed_at


def _require_algorithms(info: etree._Element) -> None:
    used = {
        "CanonicalizationMethod": {C14N},
        "SignatureMethod": {RSA_SHA256},
        "Reference/DigestMethod": {SHA256},
        "Reference/Transforms/Transform": _TRANSFORMS,
    }
    for path, allowed in used.items():
        for element in info.findall("/".join(_NS + step for step in path.split("/"))):
            if element.get("Algorithm") not in allowed or len(element):
                raise Unverified("ALGORITHM_REFUSED", str(element.get("Algorithm"))[:120])
    for path in ("CanonicalizationMethod", "SignatureMethod"):
        if info.find(_NS + path) is None:
            raise Unverified("ALGORITHM_REFUSED", path)


def _check_digest(reference: etree._Element, element: etree._Element) -> None:
    if list(element.iter(f"{_NS}Signature")):  # a signature around what it signs: not the place of a seller's
        raise Unverified("REFERENCE_ELSEWHERE")
    told = _decoded(parsing.text_of(reference, f"{_NS}DigestValue"))
    if sha256(canonical(element)).digest() != told:
        raise Unverified("INVALID_DIGEST", (reference.get("URI") or "")[:80])


def canonical(element: etree._Element) -> bytes:
    """An element in canonical form (C14N 1.0, without comments), with the namespaces that hold where it stands.

    Written out and read again first: an element inside a document loses its default namespace in the library's hands.
    """
    alone = etree.fromstring(etree.tostring(element, encoding="UTF-8", with_tail=False))
    return bytes(etree.tostring(alone, method="c14n", with_comments=False, exclusive=False))


def _signing_time(signature: etree._Element, covered: Sequence[etree._Element]) -> datetime:
    """The SigningTime of this signature, if one of the signed elements is it or holds it."""
    for element in signature.iter():
        if etree.QName(element).localname != "SigningTime":
            continue
        if not {element, *element.iterancestors()}.intersection(covered):
            raise Unverified("SIGNING_TIME_UNSIGNED")
        try:
            told = datetime.fromisoformat((element.text or "").strip())
        except ValueError:
            raise Unverified("SIGNING_TIME_UNSIGNED", (element.text or "")[:40]) from None
        return told if told.tzinfo else told.replace(tzinfo=local_time.ZONE)
    raise Unverified("SIGNING_TIME_UNSIGNED")


def _check_value(signature: etree._Element, info: etree._Element) -> None:
    public: Any = certificates_of(signature)[0].public_key()
    if not isinstance(public, rsa.RSAPublicKey) or public.key_size < MIN_BITS:
        raise Unverified("ALGORITHM_REFUSED", "RSA")
    value = _decoded(parsing.text_of(signature, f"{_NS}SignatureValue"))
    try:
        public.verify(value, canonical(info), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        raise Unverified("INVALID_SIGNATURE") from None


def certificates_of(signature: etree._Element) -> list[x509.Certificate]:
    """The signer's certificate first, then others that came along. Raises CERTIFICATE_UNREADABLE."""
    path = f"{_NS}KeyInfo/{_NS}X509Data/{_NS}X509Certificate"
    try:
        found = [
            x509.load_der_x509_certificate(_decoded(element.text or ""))
            for element in signature.findall(path)
        ]
    except ValueError:
        found = []
    if not found:
        raise Unverified("CERTIFICATE_UNREADABLE")
    return found


def check_certificate(
    certificates: Sequence[x509.Certificate],
    anchors: Sequence[x509.Certificate],
    *,
    tax_code: str,
    signed_at: datetime,
) -> list[Problem]:
    """What is wrong with the signer: out of date, somebody else's, of an unknown authority. All that applies."""
    leaf, problems = certificates[0], []
    if not trust.is_valid(leaf, signed_at):
        said = f"{leaf.not_valid_before_utc:%Y-%m-%d} – {leaf.not_valid_after_utc:%Y-%m-%d}"
        problems.append(Problem("CERTIFICATE_OUT_OF_DATE", said))
    if tax_code not in trust.tax_codes(leaf):
        problems.append(Problem("TAX_CODE_DIFFERS", ", ".join(sorted(trust.tax_codes(leaf)))[:80]))
    if not trust.is_trusted(leaf, anchors, at=signed_at, between=certificates[1:]):
        problems.append(Problem("CHAIN_UNTRUSTED", leaf.issuer.rfc4514_string()[:200]))
    return problems


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""
