"""What goes wrong at the command line: one sentence on standard error, and exit code 1."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click
from sqlalchemy import exc as sql

from api import config, server
from api.cli_problems import refused
from engine import errors

Command = TypeVar("Command", bound=Callable[..., Any])


def plainly(command: Command) -> Command:
    """Let whatever a person can mend end as one sentence instead of a traceback."""
    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except (config.ConfigurationError, server.CannotListen) as error:
            raise click.ClickException(str(error)) from None
        except errors.Invalid as error:
            raise refused(error.problems) from None
        except errors.Unavailable:
            raise click.ClickException(_database_sentence("it does not answer")) from None
        except errors.DomainError as error:
            raise click.ClickException(f"{error.message('en')} {error.message('fa')}") from None
        except sql.DBAPIError as error:
            raise click.ClickException(_database_sentence(str(error.orig).strip().splitlines()[0])) from None
        except sql.NoSuchModuleError as error:
            raise click.ClickException(_database_sentence(str(error))) from None
        except OSError as error:
            raise click.ClickException(_file_sentence(error)) from None
    return run  # type: ignore[return-value]


def _database_sentence(reason: str) -> str:
    return f"Cannot use the database of PARVANEH_DATABASE_URL: {reason}."


def _file_sentence(error: OSError) -> str:
    return f"Cannot use {error.filename or 'a file'}: {error.strerror or error}."
