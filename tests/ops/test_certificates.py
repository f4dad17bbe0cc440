"""The local authority: one for the home, server certificates renewed when names change."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import stat
import threading

from cryptography import x509

from motcua.ops import certificates
from motcua.ops.home import Home


def names(home: Home) -> x509.SubjectAlternativeName:
    made = x509.load_pem_x509_certificate((home.certificates / "server.crt").read_bytes())
    return made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


class TestEnsure:
    def test_names_the_host_its_companies_this_machine_and_its_addresses(self, home: Home) -> None:
        certificates.ensure(home, "motcua.local")

        found = names(home)
        assert {"motcua.local", "*.motcua.local", "localhost", "*.localhost"} <= set(
            found.get_values_for_type(x509.DNSName)
        )
        own = {ipaddress.ip_address(a) for a in ["127.0.0.1", *certificates.own_addresses()]}
        assert own <= set(found.get_values_for_type(x509.IPAddress))

    def test_keeps_authority_and_certificate_while_they_are_good(self, home: Home) -> None:
        certificates.ensure(home, "motcua.local")
        before = (home.certificates / "ca.crt").read_bytes(), (home.certificates / "server.crt").read_bytes()

        certificates.ensure(home, "motcua.local")

        assert before == (
            (home.certificates / "ca.crt").read_bytes(),
            (home.certificates / "server.crt").read_bytes(),
        )

    def test_another_host_gets_a_new_certificate_from_the_same_authority(self, home: Home) -> None:
        certificates.ensure(home, "motcua.local")
        authority = (home.certificates / "ca.crt").read_bytes()

        certificates.ensure(home, "192.0.2.7")

        assert (home.certificates / "ca.crt").read_bytes() == authority
        assert ipaddress.ip_address("192.0.2.7") in names(home).get_values_for_type(x509.IPAddress)

    def test_keys_are_private(self, home: Home) -> None:
        certificates.ensure(home, "motcua.local")

        assert {stat.S_IMODE((home.certificates / f).stat().st_mode) for f in ("ca.key", "server.key")} == {
            0o600
        }

    def test_a_client_that_trusts_the_authority_accepts_the_server(self, home: Home) -> None:
        certificate, key = certificates.ensure(home, "motcua.local")
        serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        serving.load_cert_chain(certificate, key)
        trusting = ssl.create_default_context(cafile=str(home.certificates / "ca.crt"))
        left, right = socket.socketpair()
        server = threading.Thread(target=lambda: serving.wrap_socket(left, server_side=True))
        server.start()

        with trusting.wrap_socket(right, server_hostname="hanoi.motcua.local") as client:
            assert client.getpeercert()
        server.join()
        left.close()
