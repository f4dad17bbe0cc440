"""The desk's routing of conversations: which queue, which agent, how long, and how the customer liked it.

Nouns: queue (where a conversation waits; topics lead to it), agent (a member of staff with a capacity and skills), episode
(one stretch of a conversation in which a person is wanted, from the hand-over to the end), target (how soon, per queue and
period), label, rating. Whoever writes an episode holds the row lock of its conversation; `assigning` holds one lock of the
company besides.
"""
