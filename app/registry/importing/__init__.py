"""Lists of houses from elsewhere, with the dirt that real lists have."""
