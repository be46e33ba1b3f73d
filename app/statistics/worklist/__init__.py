"""Who has not reported, for the officials who call them."""
