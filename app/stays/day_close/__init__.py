"""The daily close: what a house itself says of one hotel day."""
