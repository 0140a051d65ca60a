"""One Alembic history for all tables, those of the engine and those of licensing.

A revision runs on SQLite (batch mode) and PostgreSQL alike; `tests/migrations` proves that it leads to the metadata.
"""
