"""Draw speed against error: ``python -m benchmarks.figure RESULT.json FIGURE.svg``.

RESULT.json is what ``python -m benchmarks.engine --json`` prints.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def draw(result: dict[str, Any], path: Path) -> None:
    """Draw people per second against median error, one line per solver, one core each."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    rows = [row for row in result["rows"] if row["threads"] == 1]
    for solver in dict.fromkeys(row["solver"] for row in rows):
        own = [row for row in rows if row["solver"] == solver]
        errors = [row["error_median"] for row in own]
        speeds = [row["people_per_second"] for row in own]
        axes.plot(errors, speeds, "o-", label=solver)
        for row in own:
            place = (row["error_median"], row["people_per_second"])
            axes.annotate(
                f"rtol {row['rtol']:.0e}",
                place,
                textcoords="offset points",
                xytext=(6, -12),
                size=8,
            )
    axes.margins(x=0.12)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("median error against rtol 1e-10 [relative]")
    axes.set_ylabel("people per second on one core")
    axes.set_title("Fifteen years with 40 to 60 injections, all public outputs")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path)


def main() -> None:
    """Read the result, write the figure."""
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    draw(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2]))


if __name__ == "__main__":
    main()
