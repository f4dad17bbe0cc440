"""Public-service portals, provincial and national: their dossiers, and what we tell them back.

Nouns: portal (a partner row), format (how its dossiers look, by day), dossier (a request under the portal's number),
callback (a change on its way to the portal). A dossier is the request with that external number, whichever door it
came through: the portal itself or an administration centre's clerk.
"""
