"""Rooms occupied on the nights to come: made every morning, kept, and checked later."""
