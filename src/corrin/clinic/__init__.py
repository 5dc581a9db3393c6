"""Clinic: tests and examination, guideline logic, a person's results, treatments side by side."""
