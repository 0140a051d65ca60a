"""`python -m tests.bench.bare FOLDER --port N`: a Flask route that writes one row durably, with nothing between, served
by waitress as the product is."""

from __future__ import annotations

import argparse
import json
import sqlite3
import threading
from pathlib import Path

import waitress
from flask import Flask, Response, request


def app(path: Path) -> Flask:
    """The route, on a SQLite file of its own. One writer at a time: waiting for a lock in Python is quicker."""
    found, turn = Flask("bare"), threading.Lock()
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL",
                      "CREATE TABLE row (id INTEGER PRIMARY KEY, data TEXT NOT NULL)"):
        database.execute(statement)

    @found.post("/rows")
    def write() -> Response:
        text = json.dumps(request.get_json())
        with turn:
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT INTO row (data) VALUES (?)", (text,))
            database.execute("COMMIT")
        return Response(text, 201, mimetype="application/json")

    return found


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    waitress.serve(app(given.folder / "bare.sqlite"), host="127.0.0.1", port=given.port, threads=8, ident=None)


if __name__ == "__main__":
    main()
