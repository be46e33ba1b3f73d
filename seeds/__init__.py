"""Reference data and the demo town."""
