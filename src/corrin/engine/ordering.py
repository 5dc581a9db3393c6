"""Order of elimination for a sparse matrix whose diagonal serves as pivots (Markowitz)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Factors:
    """Where the entries of L and U lie, in the order of elimination.

    Attributes
    ----------
    order : list of int
        Row and column eliminated at each step.
    lower, upper : list of list of int
        For each step the steps, ascending, at which L has an entry left of and U one right of
        the diagonal in that row.
    """

    order: list[int]
    lower: list[list[int]]
    upper: list[list[int]]

    @property
    def size(self) -> int:
        """Number of entries of L and U together, the diagonal once."""
        return len(self.order) + sum(map(len, self.lower)) + sum(map(len, self.upper))


def markowitz(size: int, entries: Iterable[tuple[int, int]]) -> Factors:
    """Return the factors' pattern under the order that adds the fewest entries at each step.

    Parameters
    ----------
    size : int
        Rows of the matrix.
    entries : iterable of (int, int)
        Places that are not 0; the diagonal is counted in whether named or not.
    """
    rows: list[set[int]] = [set() for _ in range(size)]
    columns: list[set[int]] = [set() for _ in range(size)]
    for i, j in entries:
        if i != j:
            rows[i].add(j)
            columns[j].add(i)
    left = set(range(size))
    order: list[int] = []
    upper_of: dict[int, set[int]] = {}
    lower_of: dict[int, set[int]] = {}
    while left:
        pivot = min(left, key=lambda k: (len(rows[k]) * len(columns[k]), k))
        left.remove(pivot)
        order.append(pivot)
        upper_of[pivot], lower_of[pivot] = set(rows[pivot]), set(columns[pivot])
        for i in columns[pivot]:
            rows[i].discard(pivot)
            added = rows[pivot] - rows[i] - {i}
            rows[i] |= added
            for j in added:
                columns[j].add(i)
        for j in rows[pivot]:
            columns[j].discard(pivot)
    step = {k: s for s, k in enumerate(order)}
    lower: list[list[int]] = [[] for _ in range(size)]
    for pivot, below in lower_of.items():
        for i in below:
            lower[step[i]].append(step[pivot])
    upper = [sorted(step[j] for j in upper_of[k]) for k in order]
    return Factors(order, [sorted(x) for x in lower], upper)
