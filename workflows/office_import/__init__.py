"""Taking existing offices into the register from a file: read it, check every row, compare with the register, write.

`read` and `plan` change nothing; `write` does what a plan says, in the caller's transaction.
"""

from __future__ import annotations

from workflows.office_import.columns import COLUMNS, labels
from workflows.office_import.files import MAX_BYTES, read
from workflows.office_import.planning import Plan, plan
from workflows.office_import.writing import write

__all__ = ["COLUMNS", "MAX_BYTES", "Plan", "labels", "plan", "read", "write"]
