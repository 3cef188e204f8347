"""Grids of experiments on Dask, on one machine or many: `python -m sweep run|plan|status|results|report [FILE]`."""
