"""Stages, duties and their separation are words of licensing: a diagram cannot invent or drop them."""

from __future__ import annotations

import re

import pytest

from tests import scenario
from workflows import bootstrap

PROCESS = "processes/create-urban-office.bpmn"


@pytest.mark.parametrize(("pattern", "new", "where", "code"), [
    (r"<parvaneh:separation [^>]*/>", "", "create-urban-office", "separation_missing"),
    (r'(<parvaneh:separation duties=")[^"]*"', r'\1inspection decision"', "create-urban-office", "separation_missing"),
    (r'(<parvaneh:separation duties=")', r"\1tec ", "create-urban-office", "separation_unknown"),
    (r'(id="settle_fee"[^>]*parvaneh:stage=")[^"]*"', r'\1MOON"', "settle_fee", "stage_unknown"),
    (r'(id="manager_signature"[^>]*parvaneh:duty=")[^"]*"', r'\1nonsense"', "manager_signature", "duty_unknown"),
])
def test_a_diagram_with_other_words_is_refused(pattern: str, new: str, where: str, code: str):
    text, count = re.subn(pattern, new, scenario.bundle()[PROCESS].decode(), count=1)
    assert count == 1
    found = bootstrap.check({**scenario.bundle(), PROCESS: text.encode()})
    assert [(one.where, one.code) for one in found if one.severity == "error"] == [(where, code)]
