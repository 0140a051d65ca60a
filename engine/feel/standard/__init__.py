"""The built-in functions of the standard (DMN 1.5 §10.3.4), one module a category."""

from __future__ import annotations

import functools

from engine.feel.functions import BuiltIn
from engine.feel.standard import contexts, conversions, lists, moments, numbers, ranges, strings


@functools.cache
def functions() -> dict[str, BuiltIn]:
    """Every built-in function by name."""
    modules = (conversions, strings, numbers, lists, contexts, moments, ranges)
    return {name: function for module in modules for name, function in module.library.functions().items()}
