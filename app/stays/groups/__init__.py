"""Lists of guests who arrive together: drafts, the links that fill them, their check-in."""
