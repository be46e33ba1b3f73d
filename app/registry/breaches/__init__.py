"""Breaches of personal data: the report, and until when it is due."""
