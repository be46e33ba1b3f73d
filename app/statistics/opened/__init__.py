"""The figures of single houses: opened for a reason, in sight of the house."""
