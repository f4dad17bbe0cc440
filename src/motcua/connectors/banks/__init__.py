"""Banks: how their messages are signed and what they mean."""
