"""DMN 1.5: decision tables, requirements graph and boxed expressions over the project's own FEEL.

    model = dmn.load(xml)                                    # Invalid lists every problem of the file
    model.decisions                                          # {"eligibility": "Eligibility"}
    result = model.evaluate("eligibility", {"age": 30})
    result.value, result.matched, result.trail, result.violations
    dmn.load_all({"a.dmn": xml, "b.dmn": xml})               # files that import one another
    dmn.analyse(model)                                       # gaps, overlaps, rules that never decide

Architecture invariant: knows nothing of processes and databases.
"""

from __future__ import annotations

from engine.dmn.analysis import Finding, analyse
from engine.dmn.bundles import Loaded, load_all
from engine.dmn.conclusions import Conclusion, conclusions
from engine.dmn.loader import load
from engine.dmn.models import Model
from engine.dmn.results import MatchedRule, Result, Step, Violation

__all__ = ["Conclusion", "Finding", "Loaded", "MatchedRule", "Model", "Result", "Step", "Violation", "analyse",
           "conclusions", "load", "load_all"]
