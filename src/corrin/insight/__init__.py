"""Insight: which mechanism causes what, by experiment on the model."""
