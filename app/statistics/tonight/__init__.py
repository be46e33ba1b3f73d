"""The town at this instant: rooms vacant, who comes and goes, where there is room left."""
