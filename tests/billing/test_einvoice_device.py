"""Keys in a real device by PKCS#11 (SoftHSM): what they sign is a good invoice; logins, renewals, PINs and ends of sessions.

Absent: skipped, loudly; with MOTCUA_REQUIRE_DEVICE=1 failed.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from motcua.billing import registry
from motcua.billing.einvoice import certificates, devices, issuing, keys, verifying
from motcua.billing.models import InvoiceCertificate, InvoiceContent
from motcua.kernel.actors import Actor
from tests.billing.invoice_house import AT, TAX_CODE, authority, bills, key, open_shop, signed

MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so", "/opt/homebrew/lib/softhsm/libsofthsm2.so")  # fmt: skip
ABSENT = "NOT RUN: SoftHSM (Debian: apt-get install softhsm2) or the package python-pkcs11 (requirements-pkcs11.lock) is missing"
PIN = "24681357"
TEST = Actor.system("test")


@dataclass(frozen=True)
class Device:
    """A token with the keys of the company: `hoa-don` twice, as while a certificate is renewed, and `khac`."""

    module: str
    old: keys.FileKey
    new: keys.FileKey

    def key(self, certificate: x509.Certificate | None = None, **more: str) -> keys.DeviceKey:
        told = {"module": self.module, "token": "evn", "label": "hoa-don", "pin": PIN} | more
        return keys.DeviceKey(certificate=certificate or self.old.certificate, **told)


@pytest.fixture(scope="session")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> Device:
    """One for the process: a driver reads its settings once, and tests of other modules may run between these."""
    module = next((path for path in MODULES if Path(path).exists()), "")
    if not (module and shutil.which("softhsm2-util") and importlib.util.find_spec("pkcs11")):
        if os.environ.get("MOTCUA_REQUIRE_DEVICE") == "1":
            pytest.fail(ABSENT)
        pytest.skip(ABSENT)
    home = tmp_path_factory.mktemp("softhsm")
    (home / "tokens").mkdir()
    (home / "softhsm2.conf").write_text(f"directories.tokendir = {home}/tokens\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(home / "softhsm2.conf")
    _do("--init-token", "--free", "--label", "evn", "--pin", PIN, "--so-pin", "87654321")
    company = authority().issue(tax_code=TAX_CODE, name="CÔNG TY ĐIỆN LỰC THỬ NGHIỆM", at=AT)
    for number, (label, one) in enumerate([("hoa-don", key()), ("hoa-don", company), ("khac", key())], 1):
        path = home / f"{number}.pem"
        path.write_bytes(
            one.private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        _do("--import", str(path), "--token", "evn", "--label", label, "--id", f"0{number}", "--pin", PIN)
    return Device(module, key(), company)


@pytest.fixture(autouse=True)
def _fresh(softhsm: Device) -> None:
    devices.forget(devices.Token(softhsm.module, "evn"))
    devices._refused.clear()


def _do(*told: str) -> None:
    subprocess.run(["softhsm2-util", *told], check=True, capture_output=True, text=True, timeout=120)


def verdict(content: bytes) -> list[str]:
    return verifying.verify(content, [authority().certificate]).codes


def test_what_a_device_signs_is_what_the_key_in_a_file_signs(softhsm: Device) -> None:
    content = signed(signer=softhsm.key())
    assert (verdict(content), content) == ([], signed())
    assert verdict(content.replace(b"798660", b"798661")) != []


def test_of_keys_with_one_label_the_certificates_own_signs_in_one_session(softhsm: Device) -> None:
    """A renewal: both stand on the token, and a process may log in to it once."""
    old, new = softhsm.key(), softhsm.key(softhsm.new.certificate)
    assert verdict(signed(signer=old)) == verdict(signed(signer=new)) == []
    assert signed(signer=old) != signed(signer=new)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"label": "x"}, "0 private keys"), ({"token": "x"}, "NoSuchToken"), ({"module": "/x.so"}, "PKCS#11:"),
        ({"pin": "11111111"}, "PinIncorrect"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_told(softhsm: Device, more: dict[str, str], why: str) -> None:
    with pytest.raises(keys.KeyUnusable, match=why):
        softhsm.key(**more)


def test_a_key_of_another_certificate_is_refused(softhsm: Device) -> None:
    with pytest.raises(keys.KeyUnusable, match="belongs to none"):
        softhsm.key(softhsm.new.certificate, label="khac")


def test_a_wrong_pin_is_tried_once_and_disturbs_nobody(softhsm: Device) -> None:
    signer = softhsm.key()
    for why in ("PinIncorrect", "not tried again"):
        with pytest.raises(keys.KeyUnusable, match=why):
            softhsm.key(pin="11111111")
    assert verdict(signed(signer=signer)) == []


def test_it_goes_on_when_its_session_has_ended(softhsm: Device) -> None:
    signer = softhsm.key()
    devices._sessions[devices.Token(softhsm.module, "evn")][1].close()
    assert verdict(signed(signer=signer)) == []


def test_threads_share_a_key(softhsm: Device) -> None:
    signer, public = softhsm.key(), softhsm.old.certificate.public_key()

    def sign(n: int) -> None:
        data = str(n).encode()
        public.verify(signer.sign(data), data, padding.PKCS1v15(), hashes.SHA256())  # type: ignore[union-attr, call-arg, arg-type]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(sign, range(100))) == [None] * 100


def test_bills_get_invoices_signed_by_the_device(softhsm: Device, company, tmp_path, monkeypatch) -> None:
    """The way of a company: certificate and PIN kept, numbered, signed by the worker, sound; after a restart, too."""
    monkeypatch.setattr(certificates, "ENV", replace(certificates.ENV, home=tmp_path))
    open_shop(AT)
    InvoiceCertificate.objects.all().delete()
    certificates.add(
        key=softhsm.key(), tax_code=TAX_CODE, actor=TEST, at=AT, pin=PIN,
        device={"module": softhsm.module, "token": "evn", "label": "hoa-don"},
    )  # fmt: skip
    made = bills(3, AT)
    registry.bills_issued(bill_ids=[bill.id for bill in made], at=AT, actor=TEST)
    assert issuing.number_next(at=AT) == 3
    for path in tmp_path.rglob("*.key"):
        path.unlink()  # of the file that the shop began with
    certificates._signers.clear()

    assert issuing.sign_next(at=AT) == 3

    assert [verdict(zlib.decompress(one.packed)) for one in InvoiceContent.objects.all()] == [[], [], []]
    assert PIN.encode() not in b"".join(path.read_bytes() for path in tmp_path.rglob("*.pin"))
    certificates._signers.clear()
