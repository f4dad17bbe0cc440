"""Understanding what customers write, and leading them through a declared service one question at a time.

Nouns: heard (a message understood: commands, dangers, values, the services it may mean), state (where a
conversation
stands), turn (one message and what we answer). `rules.respond` is pure: state and message in, state, replies
and acts
out; `operations.handle_inbound` carries the acts out under the conversation's lock. No service is known by
name.
"""
