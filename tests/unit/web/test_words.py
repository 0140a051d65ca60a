"""The word tables: the same words in both languages, and every word a template asks for."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from api.web import words
from workflows import catalogue, licences

TEMPLATES = Path(words.__file__).with_name("templates")
DOCUMENTS = {"licence_document.html", "letter.html"}
"""What is set as PDF, and never shown by a browser."""
ASKING = sorted([*TEMPLATES.rglob("*.html"), *TEMPLATES.parent.glob("*.py")])


def facts(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_both_languages_have_the_same_words_with_the_same_facts() -> None:
    persian, english = words.table("fa"), words.table("en")
    assert persian.keys() == english.keys()
    assert [key for key in persian if facts(persian[key]) != facts(english[key])] == []
    assert [key for key in persian if not persian[key].strip() or not english[key].strip()] == []


@pytest.mark.parametrize("path", ASKING, ids=lambda path: path.name)
def test_every_word_that_is_asked_for_is_in_the_table(path: Path) -> None:
    asked = re.findall(r"""\bt\(["']([a-z_]+(?:\.\w+)+)["'][,)]""", path.read_text("utf-8"))
    assert [key for key in asked if key not in words.table("fa")] == []


def test_every_state_and_role_has_a_word() -> None:
    needed = [*(f"state.{state}" for state in (*catalogue.OPEN_STATES, *catalogue.END_STATES)),
              *(f"licence_state.{state}" for state in licences.STATES), *(f"role.{role}" for role in catalogue.ROLES),
              *(f"verify.is.{state}" for state in (*licences.PUBLIC_STATES.values(), "UNKNOWN"))]
    assert [key for key in needed if key not in words.table("fa")] == []


def test_no_template_writes_script_or_style_into_a_page() -> None:
    pages = [path for path in TEMPLATES.rglob("*.html") if path.name not in DOCUMENTS]
    written = re.compile(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:")
    assert [path.name for path in pages if written.search(path.read_text("utf-8"))] == []
