"""Answers that staff write: articles with the ways people ask, found without marks, shown with where they come from.

`index` finds (pure), `filling` puts dated facts in (pure), `queries` reads, `operations` writes, `first` holds the
articles a new company begins with.
"""
