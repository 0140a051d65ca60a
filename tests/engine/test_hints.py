"""Every way the engine names to mend an incident has its Persian words."""

import ast
from pathlib import Path

from engine import feel, hints

ENGINE = Path(hints.__file__).parent
RAISERS = {"ElementFailed", "HandlerFailed", "Incident", "raise_", "_failed", "Failure"}


def named() -> set[str]:
    found: set[str] = set()
    for path in [*ENGINE.glob("*.py"), *ENGINE.glob("spiff/*.py")]:
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) in RAISERS:
                found |= {word.value.value for word in call.keywords
                          if word.arg == "hint" and isinstance(word.value, ast.Constant)}
    return found - {""}


def test_every_hint_of_the_engine_has_its_persian_words():
    assert len(named()) > 10
    assert named() <= hints.PERSIAN.keys()
    assert all(hints.persian(each) != each for each in named())


def test_a_hint_of_somebody_else_stays_as_it_is():
    assert hints.persian("نشانی را اصلاح کنید") == "نشانی را اصلاح کنید"


def test_what_an_evaluation_is_stopped_for_is_told_in_persian_as_feel_tells_it():
    for error in (feel.FeelBudgetExceeded("steps"), feel.FeelTypeError("what", "چه")):
        assert hints.persian(error.hint) == error.hint_fa != error.hint
