"""Make the next revision of the database's schema: the difference between the migrations so far and the metadata.

    .venv/bin/python scripts/revision.py "what changes"

Read what it wrote before it is committed: Alembic sees no renames.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import alembic.command
import alembic.config

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from engine.store.session import Database
from workflows import bootstrap


def main(message: str) -> None:
    """Write the revision beside the others, numbered after the last."""
    folder = Path(bootstrap.__file__).parent / "migrations"
    number = len(list((folder / "versions").glob("[0-9]*.py"))) + 1
    with tempfile.TemporaryDirectory() as scratch:
        url = f"sqlite:///{scratch}/schema.sqlite"
        bootstrap.migrate(url)
        settings = alembic.config.Config()
        settings.set_main_option("script_location", str(folder))
        settings.set_main_option("file_template", "%%(rev)s_%%(slug)s")
        database = Database(url)
        with database.sqlalchemy_engine.begin() as connection:
            settings.attributes["connection"] = connection
            alembic.command.revision(settings, message=message, autogenerate=True, rev_id=f"{number:04}")
        database.dispose()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
