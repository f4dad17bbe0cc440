"""What helps whoever talks with customers: ready answers, colleagues named in notes, conversations found by their words.

`models` holds the rows; `canned` fills ready answers in, `mentions` tells who was named, `finding` keeps and asks the words.
"""
