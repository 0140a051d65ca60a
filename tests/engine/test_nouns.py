"""Whatever can be looked for in vain has its Persian noun."""

import ast
from pathlib import Path

from engine import errors, nouns

ROOT = Path(nouns.__file__).parents[1]


def named() -> set[str]:
    calls = (call for folder in ("engine", "workflows", "api") for path in (ROOT / folder).rglob("*.py")
             for call in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(call, ast.Call))
    return {word.value.value for call in calls if getattr(call.func, "attr", getattr(call.func, "id", "")) == "NotFound"
            for word in call.keywords if word.arg == "what" and isinstance(word.value, ast.Constant)}


def test_every_noun_has_its_persian_word():
    assert len(named()) > 20
    assert named() <= nouns.PERSIAN.keys()


def test_what_is_not_found_is_told_in_one_language_at_a_time():
    error = errors.NotFound(what="user task", id="x")
    assert (error.message("en"), error.message("fa")) == ("There is no user task x.", "کار x پیدا نشد.")
