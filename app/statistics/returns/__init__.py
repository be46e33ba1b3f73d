"""The monthly returns to the statistics office, in the layout of its forms."""
