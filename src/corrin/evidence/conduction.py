"""Carry what the axon solver says of the tracts into the tables beside the modules.

``python -m corrin.evidence.conduction`` fits the few numbers by which the person-level model knows
the signal of each tract (`corrin.nerve.signal`) and writes them, with the largest error of each.
"""

from __future__ import annotations

from corrin.evidence.tables import write_values
from corrin.nerve.signal import NAMES, WAYS, numbers


def main() -> None:
    """Fit all tracts, print the errors and write the numbers."""
    values: dict[str, float] = {}
    for tract in WAYS:
        found, worst = numbers(tract)
        shown = ", ".join(f"{name} {v:g}" for name, v in zip(NAMES, found, strict=True))
        print(f"{tract}: {shown}; largest error {worst:.3f}")
        values |= {f"{tract}.{name}": v for name, v in zip(NAMES, found, strict=True)}
    write_values(values)


if __name__ == "__main__":
    main()
