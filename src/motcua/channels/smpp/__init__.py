"""Text messages over SMPP 3.4, for companies whose carrier offers a line instead of an aggregator's HTTP interface.

`pdu` and `alphabet` are the protocol as bytes (pure; the stand-in centre uses them too), `session` is one bound connection,
`holding` keeps the company's line in one worker process, `storing` puts what arrives on it into the inbox before it is
answered, `parts` remembers what each segment became, `sending` and `events` are the adapter's two halves.
"""
