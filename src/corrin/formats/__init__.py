"""The model in the formats of other simulators."""
