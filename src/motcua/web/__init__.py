"""Pages for people: customer site, desk, counter, crew's phone, boards.

Faces hold no business rules: they read with rooms' `queries`, act with their `operations`, and draw with the
components of `templates/components/` (shown at /components/ in development and the demo; see
docs/reference/components.md). Each page works without JavaScript; scripts only add.
"""
