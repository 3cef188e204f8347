"""The network: built and trained with TensorFlow, its weights read and applied without, its predictions counted."""
