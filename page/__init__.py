"""The page that the `report` stage makes: what it carries, its plots, its parts bundled as one file."""
