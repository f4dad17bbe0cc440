"""The desk: work lists, the page of a request with everything that can be done to it, conversations, calls,
search.
"""
