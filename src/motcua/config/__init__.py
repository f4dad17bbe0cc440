"""How the house is wired: the environment read once, settings by concern, urls, the process clock.

No business here; every room may read `motcua.config.clock`, only faces, jobs and commands do.
"""
