"""FEEL, the expression language of DMN 1.5 (OMG formal/24-01-01).

    feel.evaluate("count(items[price > 10])", {"items": [{"price": 12}]})    # Decimal(1)
    condition = feel.compile("area >= 50 and lease_months >= 60")            # cached by text
    condition.evaluate({"area": Decimal(60), "lease_months": Decimal(61)})   # True, False or None
    feel.unary_tests('"LEASE", "OWN"').evaluate("OWN")                       # True
    feel.to_text("a=1or(b)")                                                 # 'a = 1 or b'
    feel.Functions([feel.FeelFunction(name="add working days", parameters=("moment", "count"), fn=add)])

A text is compiled to closures: no Python is ever run from it. Evaluation has a budget (FeelBudgetExceeded); where the
standard has no value the result is None, and `explain` says why. `values` lists which Python type holds which value.
Architecture invariant: knows nothing of processes, decisions and databases.
"""

from __future__ import annotations

from engine.feel.advice import faults, gives_no_context, translated
from engine.feel.errors import FeelBudgetExceeded, FeelError, FeelSyntaxError, FeelTypeError, FeelUnsupported
from engine.feel.expressions import Expression, Outcome, UnaryTests, context_keys, evaluate, to_text
from engine.feel.expressions import compile_expression as compile  # noqa: A004  # the word every caller expects
from engine.feel.expressions import compile_unary_tests as unary_tests
from engine.feel.functions import FeelFunction, Functions
from engine.feel.outside import from_python
from engine.feel.runs import Limits, Warning  # noqa: A004  # the word for what explains a null
from engine.feel.texts import from_json, to_json, to_string
from engine.feel.values import Function, Range, YearsMonths, kind
from engine.feel.wide import WideDate, WideMoment, WideSpan, WideTime

__all__ = [
    "Expression", "FeelBudgetExceeded", "FeelError", "FeelFunction", "FeelSyntaxError", "FeelTypeError",
    "FeelUnsupported", "Function", "Functions", "Limits", "Outcome", "Range", "UnaryTests", "Warning", "WideDate",
    "WideMoment", "WideSpan", "WideTime", "YearsMonths", "compile", "context_keys", "evaluate", "faults", "from_json",
    "from_python", "gives_no_context", "kind", "to_json", "to_string", "to_text", "translated", "unary_tests",
]
