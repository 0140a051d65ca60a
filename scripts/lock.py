"""Resolve setup.cfg into the two pinned, hashed locks: `requirements.lock` (run) and `requirements-dev.lock` (test)."""

import configparser
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def lines(value: str) -> list[str]:
    """The non-empty lines of a setup.cfg list."""
    return [line.strip() for line in value.splitlines() if line.strip()]


def compile_lock(requirements: list[str], target: str) -> None:
    """Pin `requirements` with hashes for every platform into `target`; no index address is written."""
    with tempfile.NamedTemporaryFile("w", suffix=".in") as source:
        source.write("\n".join(requirements))
        source.flush()
        subprocess.run(
            [sys.executable, "-m", "uv", "pip", "compile", source.name, "--universal", "--python-version", "3.11",
             "--generate-hashes", "--no-header", "--no-annotate", "--quiet", "-o", str(ROOT / target)], check=True)


def main() -> None:
    """Write both locks."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    runtime = [*lines(config["options"]["install_requires"]), "setuptools"]
    compile_lock(runtime, "requirements.lock")
    compile_lock([*runtime, *lines(config["options.extras_require"]["dev"])], "requirements-dev.lock")


if __name__ == "__main__":
    main()
