"""Lists from elsewhere compared with the register, to find houses that are not in it."""
