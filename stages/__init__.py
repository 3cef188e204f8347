"""The stages of the graph, one module each: `python -m stages NAME` starts one, as `dvc.yaml` does."""
