"""A telephone number proved by a code."""
