"""What the stages, the page, the sweeps and the tools share: data, network, measures of nodes, pictures."""
