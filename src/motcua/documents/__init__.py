"""Files of requests: taken in by content, cleaned, scanned, sealed; packs made from data; signatures on them.

Nouns: document, access, signature, pack. A document belongs to a subject (`request`, an id) and never to a web folder: it
is read through `operations.open_document`, which writes down who opened it and why.
Public face: `operations`, `queries`, `access`, `packs`.
"""
