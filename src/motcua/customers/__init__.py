"""Who is served: customers, the handles that reach them, and the proofs, consents and authorities that say
so.

Personal values stand here and nowhere else, so that they can be erased while ids stay. A handle (a phone
number, a Zalo id) is linked to a customer by proof alone: a code sent to it, or a check by staff with a
reason. Public face: `operations`, `queries`, `access`, and `registry` for rooms above that have a say before
an erasure.
"""
