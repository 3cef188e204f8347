"""Grids of experiments on Dask, on one machine or many: `python -m study run|plan|status|results [study.yaml]`."""
