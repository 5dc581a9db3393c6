"""Measurements of speed and error; nothing here is a test."""
