"""Evidence: published numbers, the fit to some of them, the comparison with all."""
