"""Sums of facts kept ready: which figures come from them, and how they stay exact."""
