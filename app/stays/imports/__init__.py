"""Files of guests: read outside the web process, tried, mended, stored once."""
