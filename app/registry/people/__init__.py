"""Who works in a house or an office, and what they may do."""
