"""The monthly bulletin: its page to print, and the list of those who get it by e-mail."""
