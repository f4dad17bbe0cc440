"""The chat for customers: a page of its own, the same as a panel over any page, and the posts behind them.

Every act is a plain form post; with JavaScript the same posts are sent in the background and the edge tells
when there
is something new. Addresses are in `urls` (namespace `chat`); `presenting` turns messages into what templates
draw.
"""
