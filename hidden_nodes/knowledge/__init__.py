"""What a hidden node knows, in numbers: how its activation differs by class, which images drive it most."""
