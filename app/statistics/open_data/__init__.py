"""Figures published for everybody: what may be told, the frozen releases, their files."""
