"""The model against every observation: one row each, and how often they agree.

Rows kept for validation and rows that may be fitted are never counted together, and neither are
those whose value was in view when the model was built and those whose value was not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import isfinite, nan
from typing import TYPE_CHECKING, Any

from corrin.errors import unknown
from corrin.evidence.bench import Bench
from corrin.evidence.observations import THEMES, USES, Observation, observations, predict
from corrin.evidence.predictive import covers, interval
from corrin.evidence.sources import GRADES, fact, sources_of

if TYPE_CHECKING:
    import pandas as pd

#: One row of a table by name of the column.
Row = Mapping[str, Any]

#: Called before each observation with its number from 1, the number of all, and itself.
Each = Callable[[int, int, Observation], None]


def validation(
    bench: Bench | None = None,
    theme: str | None = None,
    predictions: pd.DataFrame | None = None,
    *,
    central: Mapping[str, float] | None = None,
    each: Each | None = None,
) -> pd.DataFrame:
    """Compare the model with all observations, or with those of one theme.

    Parameters
    ----------
    bench : Bench, optional
        Where observations are replayed; the shipped parameter set if not given.
    theme : str, optional
        Only this theme.
    predictions : DataFrame, optional
        What the members of the ensemble give: observations by id as rows, members as columns.
        Without it the interval of each prediction is left empty.
    central : mapping of str to float, optional
        Predictions by id that are known already (`corrin.evidence.replayed.shipped`); what it does
        not hold is replayed.
    each : callable, optional
        Told which observation is replayed next.

    Returns
    -------
    DataFrame
        One row per observation: theme, id, quantity, population, statistic, unit, value, low,
        high, spread, n, use, known, grade (the worst of its evidence rows), predicted,
        interval_low, interval_high, limit_low and limit_high (between which a prediction
        agrees), agrees, covered (whether the interval holds the published value), fold
        (predicted over published; NaN where they have not one sign), difference (predicted
        less published), source, studies (their keys), rows, note.

    Raises
    ------
    InputError
        For an unknown theme.
    """
    import pandas as pd

    if theme is not None and theme not in THEMES:
        raise unknown("theme", theme, THEMES)
    bench, known = bench or Bench(), central or {}
    chosen = [o for o in observations() if theme in (None, o.theme)]
    compared = []
    for number, observed in enumerate(chosen, start=1):
        if observed.id in known:
            predicted = known[observed.id]
        else:
            if each is not None:
                each(number, len(chosen), observed)
            predicted = predict(observed, bench)
        compared.append(compare(observed, predicted, _members(predictions, observed)))
    return pd.DataFrame(compared, columns=list(COLUMNS)).astype({"n": "Int64"})


# What a row takes over from its observation as it is.
_PUBLISHED = (
    "theme", "id", "quantity", "population", "statistic", "unit", "value", "low", "high", "spread",
    "n", "use", "known",
)  # fmt: skip
COLUMNS = (
    *_PUBLISHED, "grade", "predicted", "interval_low", "interval_high", "limit_low", "limit_high",
    "agrees", "covered", "fold", "difference", "source", "studies", "rows", "note",
)  # fmt: skip


def compare(observed: Observation, predicted: float, members: Iterable[float]) -> dict[str, Any]:
    """Return the row of one observation.

    Parameters
    ----------
    observed : Observation
        What was published.
    predicted : float
        What the model gives [unit of the observation].
    members : iterable of float
        What the members of the ensemble give; may be empty.
    """
    ends = interval(observed, members)
    limit_low, limit_high = observed.limits
    behind = sources_of(observed.rows)
    return {
        **{name: getattr(observed, name) for name in _PUBLISHED},
        "grade": worst_grade(observed.rows),
        "predicted": predicted,
        "interval_low": ends[0],
        "interval_high": ends[1],
        "limit_low": limit_low,
        "limit_high": limit_high,
        "agrees": observed.agrees(predicted),
        "covered": covers(observed, ends),
        "fold": fold(observed.value, predicted),
        "difference": predicted - observed.value,
        "source": "; ".join(source.label for source in behind),
        "studies": " ".join(source.key for source in behind),
        "rows": " ".join(observed.rows),
        "note": observed.note,
    }


def records(table: pd.DataFrame) -> list[Row]:
    """Return the rows of a table by name of the column; what is missing stays NaN or NA."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def worst_grade(rows: Iterable[str]) -> str:
    """Return the worst grade of some evidence rows; empty without rows."""
    return max((fact(row).grade for row in rows), key=GRADES.index, default="")


def fold(published: float, predicted: float) -> float:
    """Return predicted over published; NaN for a published 0 and for opposite signs."""
    if published == 0 or not isfinite(predicted) or predicted / published < 0:
        return nan
    return predicted / published


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Count how often the model agrees, by use, theme and whether the value was in view.

    Parameters
    ----------
    table : DataFrame
        What `validation` returned.

    Returns
    -------
    DataFrame
        Columns use, theme (``all`` for the rows over all themes), known, observations, studies,
        agree (count), share (of observations), fold (half of the predictions are within this
        factor of the published value), coverage (share of published values that the interval
        of the prediction holds; NaN without intervals). Validation comes first, and all themes
        before each where there is more than one.
    """
    import pandas as pd

    themes = [theme for theme in THEMES if (table["theme"] == theme).any()]
    shown = ["all", *themes] if len(themes) != 1 else themes
    counted = []
    for use in reversed(USES):
        for theme in shown:
            for known in (False, True):
                rows = table[(table["use"] == use) & (table["known"] == known)]
                rows = rows if theme == "all" else rows[rows["theme"] == theme]
                if len(rows):
                    counted.append({"use": use, "theme": theme, "known": known, **_count(rows)})
    return pd.DataFrame(counted, columns=["use", "theme", "known", *_COUNTED])


_COUNTED = ("observations", "studies", "agree", "share", "fold", "coverage")


def _count(rows: pd.DataFrame) -> dict[str, Any]:
    """Return the counts of some rows of one kind."""
    folds = rows["fold"].dropna()
    wide = folds.where(folds >= 1, 1 / folds.where(folds > 0)).fillna(float("inf"))
    covered = rows["covered"].dropna()
    return {
        "observations": len(rows),
        "studies": len({key for keys in rows["studies"] for key in keys.split()}),
        "agree": int(rows["agrees"].sum()),
        "share": float(rows["agrees"].mean()),
        "fold": float(wide.median()) if len(wide) else nan,
        "coverage": float(covered.astype(float).mean()) if len(covered) else nan,
    }


def misses(table: pd.DataFrame, use: str) -> pd.DataFrame:
    """Return the rows of one use that do not agree, in the order of the chain."""
    return table[(table["use"] == use) & ~table["agrees"].astype(bool)]


def _members(predictions: pd.DataFrame | None, observed: Observation) -> list[float]:
    """Return what the members give for an observation; nothing where they were not asked."""
    if predictions is None or observed.id not in predictions.index:
        return []
    return [float(value) for value in predictions.loc[observed.id].to_numpy()]
