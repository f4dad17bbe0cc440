"""Running the house: the `motcua` command and everything it starts, watches, checks, saves and restores.

Nouns: home (the folder with data, secrets and state of one installation), server (the embedded PostgreSQL),
part (a child process: pages, edge, worker). Public face: `main.main` (the command line), `embedded.start`
(a private PostgreSQL 18), `home.Home`.
"""
