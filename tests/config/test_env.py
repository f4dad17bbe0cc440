"""Where the edge is, for each company and each way of standing on the net."""

from __future__ import annotations

from dataclasses import replace

import pytest

from motcua.config.env import ENV, read


@pytest.mark.parametrize(
    ("edge_url", "proxies", "host", "address"),
    [
        ("", 0, "hanoi.localhost:8000", "https://hanoi.localhost:8001"),
        ("", 0, "[::1]:8000", "https://[::1]:8001"),
        ("", 1, "hanoi.example.vn", "https://hanoi.example.vn"),
        ("", 1, "hcmc.example.vn:8443", "https://hcmc.example.vn:8443"),
        ("https://{host}:9443", 1, "hcmc.example.vn:8443", "https://hcmc.example.vn:9443"),
        ("https://edge.example.vn", 1, "hcmc.example.vn", "https://edge.example.vn"),
    ],
)
def test_each_company_has_its_edge(edge_url: str, proxies: int, host: str, address: str) -> None:
    env = replace(ENV, edge_url=edge_url, trusted_proxies=proxies, edge_port=8001)

    assert env.edge_address("https", host) == address


@pytest.mark.parametrize(
    "address", ["https://edge.{host}", "https://{host}", "{host}:8443", "https://{host}:8443/edge"]
)
def test_an_address_the_browser_would_refuse_is_refused_at_the_start(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTCUA_EDGE_URL", address)

    with pytest.raises(ValueError, match="MOTCUA_EDGE_URL"):
        read()
