"""The model: Antimony modules and their tables, composed into one checked SBML document."""

from __future__ import annotations

from corrin.model.loader import Edge, Input, Model, load_model

__all__ = ["Edge", "Input", "Model", "load_model"]
