"""The command group that turns every error a user can cause into one line and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from typer.core import TyperGroup

from corrin.errors import CorrinError, InputError

EXIT_INPUT = 2  # the user can mend it: what was written is wrong
EXIT_FAILURE = 3  # the user cannot: the model, the solver or the machine failed


def fail(text: str, code: int) -> NoReturn:
    """Write one line to stderr and leave with the exit code `code`."""
    sys.stderr.write("error: " + " ".join(text.split()) + "\n")
    raise SystemExit(code)


class OneLineErrors(TyperGroup):
    """A typer group without boxes and tracebacks for what users get wrong."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        *rest: Any,
        **extra: Any,
    ) -> Any:
        """Run the command line and leave the process with its exit code."""
        extra["standalone_mode"] = False
        try:
            code = super().main(args, prog_name, *rest, **extra)
        except CorrinError as error:
            fail(str(error), EXIT_INPUT if isinstance(error, InputError) else EXIT_FAILURE)
        except OSError as error:
            fail(f"{error.filename or 'file system'}: {error.strerror or error}", EXIT_FAILURE)
        except Exception as error:
            # Usage errors of the command-line library, known by what they offer: the class
            # itself moved between its versions.
            if not (hasattr(error, "format_message") and hasattr(error, "exit_code")):
                raise
            fail(_usage(error), int(error.exit_code))
        raise SystemExit(code if isinstance(code, int) else 0)


def _usage(error: Any) -> str:
    """Return the text of a usage error, with where to read on."""
    text = str(error.format_message()).rstrip(".")
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "corrin"
    return f"{text} (see {command} --help)"
