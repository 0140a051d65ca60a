"""Write docs/reference/{cli,settings,errors,offices-file}.md and parts of feel.md; `--check` fails for a stale one."""

import importlib
import pkgutil
import sys
from pathlib import Path

import click
import feel_reference

import api
import engine
import workflows
from api import cli, config, problems
from engine import errors
from workflows import office_import

ROOT = Path(__file__).resolve().parent.parent



def settings_page() -> str:
    """The table of environment variables."""
    rows = [f"| `{one.name}` | `{one.default}` | {one.meaning} |" for one in config.SETTINGS]
    return "\n".join(["# Settings", "", "Environment variables, read once at start (`api/config.py`).", "",
                      "| variable | default | meaning |", "|---|---|---|", *rows, ""])


def cli_page() -> str:
    """Every command with its help text."""
    lines = ["# Command line", "", "`parvaneh COMMAND --help` prints the same. What goes wrong is one sentence on "
             "standard error and exit code 1; a wrong command or option, and wrong input of `feel` and `decide`, is "
             "exit code 2.", ""]

    def describe(command: click.Command, names: list[str]) -> None:
        context = click.Context(command, info_name=names[-1])
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                describe(command.commands[name], [*names, name])
            return
        usage = " ".join([*names, *command.collect_usage_pieces(context)])
        lines.extend([f"## {' '.join(names)}", "", f"`{usage}`", "", (command.help or "").strip(), ""])
        options = [one for one in command.params if isinstance(one, click.Option) and one.help]
        lines.extend([*(f"- `{', '.join(one.opts)}`: {one.help}" for one in options), *([""] if options else [])])

    describe(cli.cli, ["parvaneh"])
    return "\n".join(lines)


def errors_page() -> str:
    """Every error with its code, HTTP status and both messages."""
    for package in (engine, workflows, api):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__") and ".migrations" not in module.name:
                importlib.import_module(module.name)

    def family(kind: type[errors.DomainError]) -> set[type[errors.DomainError]]:
        return {kind}.union(*(family(one) for one in kind.__subclasses__()))

    rows = []
    for kind in sorted(family(errors.DomainError), key=lambda one: one.__name__):
        status = next(status for base, status in problems.STATUS if issubclass(kind, base))
        code = errors.DomainError.code.fget(kind.__new__(kind))  # type: ignore[attr-defined]
        english = (kind.__doc__ or "").strip().splitlines()[0]
        rows.append(f"| `{code}` | {status} | {english} | {kind.fa} |")
    return "\n".join(["# Errors", "", "The API answers `application/problem+json` (RFC 9457) with these codes; 422 "
                      "lists every fault in `errors`: `where`, `what`, `fix`.", "",
                      "| code | status | English | Persian |", "|---|---|---|---|", *rows, ""])


def feel_page() -> str:
    """The reference of FEEL, written by hand but for its lists."""
    return feel_reference.filled((ROOT / "docs" / "reference" / "feel.md").read_text(encoding="utf-8"))


def offices_page() -> str:
    """The columns of a file of offices."""
    rows = [f"| `{one.name}` | {one.fa} | {'yes' if one.required else ''} | {one.meaning} |"
            for one in office_import.COLUMNS.values()]
    return "\n".join(["# The file of offices", "", "Columns that `parvaneh import offices` knows, in any order, under "
                      "either name; ../howto/import-offices.md says how to use it.", "",
                      "| column | Persian heading | needed | meaning |", "|---|---|---|---|", *rows, ""])


def main() -> None:
    """Write the pages, or compare them."""
    stale = []
    pages = {"settings": settings_page, "cli": cli_page, "errors": errors_page, "offices-file": offices_page,
             "feel": feel_page}
    for name, page in pages.items():
        path, text = ROOT / "docs" / "reference" / f"{name}.md", page()
        if "--check" in sys.argv[1:]:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(str(path.relative_to(ROOT)))
        else:
            path.write_text(text, encoding="utf-8")
    if stale:
        sys.exit(f"out of date, run `make reference`: {', '.join(stale)}")


if __name__ == "__main__":
    main()
