"""Stand-ins for the outside world, with faults: a bank, an SMS centre ... and the settable clock.

They live in demos and development alone (`gate`), and speak to us as the world would: over HTTP, signed, at
least
once, sometimes late, doubled or in the wrong order. They keep the machine's own time, not the demo's.
"""
