"""Analysis of decision tables before they decide anything: gaps, overlaps, rules that never decide.

    for finding in analysis.analyse(model):
        finding.kind, finding.severity, finding.rules, finding.example

Exact algebra on boxes, never sampling: `lines` cuts the values of an input at the constants of its column, `shapes` and
`axes` make every cell a set of the places between, `grids` reasons about the boxes, `judgements` says what they mean
under the hit policy and which findings are errors.
"""

from __future__ import annotations

from engine.dmn.analysis.findings import Finding, RuleReference
from engine.dmn.analysis.judgements import judge
from engine.dmn.analysis.spaces import of_table
from engine.dmn.models import Model
from engine.dmn.tables import Table

__all__ = ["MOST", "Finding", "RuleReference", "analyse", "analyse_table"]
MOST = 10
"""So many findings of each kind are given for one table."""


def analyse(model: Model, *, most: int = MOST) -> list[Finding]:
    """The findings about every decision table of the model, those inside boxed expressions too; errors first."""
    found = [finding for table in model.tables for finding in analyse_table(model, table, most=most)]
    return sorted(found, key=lambda finding: finding.severity != "error")


def analyse_table(model: Model, table: Table, *, most: int = MOST) -> list[Finding]:
    """The findings about one table of the model, at most so many of each kind."""
    return list(judge(of_table(table, model.variables(table.decision_id)), most))
