"""What banks call: notices of money in, bill inquiry, the state of a payment. Signed calls of known
partners only.
"""
