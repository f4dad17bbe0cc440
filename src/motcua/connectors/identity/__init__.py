"""Proving who somebody is through a provider outside: OpenID Connect, as the public-service portal offers it.

`oidc` speaks the protocol (PyJWT checks signatures); `sign_in` leads a visitor there and back and keeps what was proven.
"""
