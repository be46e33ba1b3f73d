"""Copies of houses for trying programs; they count nowhere."""
