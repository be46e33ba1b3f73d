"""What visitors say is wrong with a house, and what became of it."""
