"""The evening reminder that a vacancy is still right."""
