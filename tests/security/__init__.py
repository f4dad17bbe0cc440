"""Attempts to get in, to get more, and to break: each must fail, and say nothing of why."""
