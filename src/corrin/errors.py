"""Errors of corrin: each says what happened, where, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

#: Choices named in a hint when none is near.
_LISTED = 24


class CorrinError(Exception):
    """Base class; the text is one line that a user can act on.

    Parameters
    ----------
    what : str
        What happened.
    where : str, optional
        File, key or command-line argument at fault.
    hint : str, optional
        What to do about it.
    """

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        self.what, self.where, self.hint = what, where, hint
        text = f"{where}: {what}" if where else what
        super().__init__(f"{text}; {hint}" if hint else text)


class InputError(CorrinError):
    """Something that a user wrote cannot be used: exit code 2."""


class ModelError(CorrinError):
    """The model or one of its tables is inconsistent."""


class NoBodyError(ModelError):
    """No body can exist with the numbers given: the balances of health cannot close."""


class SolverError(CorrinError):
    """A simulation could not be finished."""


def nearest(name: str, choices: Iterable[str], count: int = 3) -> str:
    """Return a hint that names the choices nearest to a misspelt `name`.

    Parameters
    ----------
    name : str
        What was written.
    choices : iterable of str
        What is known.
    count : int
        How many choices to name at most.

    Returns
    -------
    str
        ``did you mean 'a' or 'b'?``, or the list of choices when none is near.
    """
    known = sorted(set(choices))
    folded = {choice.casefold(): choice for choice in known}
    close = [folded[c] for c in get_close_matches(name.casefold(), folded, n=count, cutoff=0.5)]
    if close:
        return "did you mean " + " or ".join(repr(c) for c in close) + "?"
    shown = ", ".join(known[:_LISTED])
    return f"choose one of: {shown}" + (", ..." if len(known) > _LISTED else "")


def unknown(kind: str, name: str, choices: Iterable[str], where: str | None = None) -> InputError:
    """Return the error for an unknown `name` of some `kind`, with the nearest valid choices."""
    return InputError(f"unknown {kind} {name!r}", where=where, hint=nearest(name, choices))
