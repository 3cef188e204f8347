"""One look for all pictures: style, the marks of the classes, sheets of images, scatter plots, curves, matrices."""
