"""How often a house is found, shown and called, and what an old vacancy costs it."""
