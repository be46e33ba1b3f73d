"""Waiting on a search: «tell me when a room is free», by push or mail, without an account."""
