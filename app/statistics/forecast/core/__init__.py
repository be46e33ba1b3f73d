"""The forecast: a pure core which knows a series of numbers, its dates and nothing else."""
