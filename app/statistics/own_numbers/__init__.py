"""A house's own numbers beside last year's and those of houses like it."""
