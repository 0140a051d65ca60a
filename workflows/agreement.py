"""Decision tables and the catalogues of rules and conditions agree: what a table says of a condition stands there.

Grade, source and effect belong to `rules.yaml` and `conditions.yaml`; a table takes them from `rules_meta` and
`conditions_meta`, so that a rule that is graded anew acts otherwise at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine import Bundle, dmn, errors, feel
from engine.dmn import documents
from engine.values import Problem
from workflows import fees, rules

FEE = "fee"
_CODE = "code"
_STATED = ("text_fa", "text_en", "source", "source_fa", "grade", "action")
_GIVEN = frozenset({"rules", "rules_meta", "conditions_meta"})


def check(bundle: Bundle) -> list[Problem]:
    """Everything in which the decision tables of a bundle and its rules and conditions contradict each other."""
    try:
        book = rules.read(bundle.resources)
    except errors.Invalid:
        return []  # told of already
    known, tested = book.variables(), set[str]()
    problems = []
    for file, table in _tables(bundle.resources):
        names = [output.get("name", "") for output in documents.children(table, "output")]
        for rule in documents.children(table, "rule"):
            cells = dict(zip(names, documents.children(rule, "outputEntry"), strict=False))
            if _CODE in cells:
                tested.add(str(_value(cells[_CODE], known)))
                problems += _of_condition(file, rule, cells, known)
            elif "grade" in cells and _is_constant(cells["grade"]):
                problems.append(_problem(
                    file, cells["grade"], "table_states_grade", "The table itself says how well a rule is founded.",
                    "جدول خودش درجه اعتبار قاعده را می‌گوید.", "Write rules_meta.<key>.grade.",
                    "rules_meta.<key>.grade بنویسید."))
    if tested:
        problems += [_untested(code) for code, one in book.conditions.items()
                     if one.kind == rules.ELIGIBILITY and code not in tested]
    return problems + _charges(bundle, book)


def _tables(resources: Mapping[str, bytes]) -> Iterator[tuple[str, Any]]:
    for file, content in sorted(resources.items()):
        if file.endswith(".dmn"):
            try:
                root = documents.parse(content, file=file)
            except errors.Invalid:
                continue  # told of already
            for table in root.iter("{*}decisionTable"):
                yield file, table


def _of_condition(file: str, rule: Any, cells: Mapping[str, Any], known: Mapping[str, Any]) -> list[Problem]:
    code = str(_value(cells[_CODE], known))
    condition = known["conditions_meta"].get(code)
    if condition is None:
        return [_problem(file, rule, "condition_unknown", f"{code} is no condition of eligibility in conditions.yaml.",
                         f"{code} در conditions.yaml شرط اهلیت نیست.", "Add the condition, or correct the code.",
                         "شرط را بیفزایید یا شماره را درست کنید.")]
    return [_problem(file, cells[name], "table_disagrees",
                     f"What the table gives as {name} of {code} is not what the catalogue says: "
                     f"{condition[name]!s:.80}.",
                     f"آنچه جدول برای {name} از {code} می‌دهد با فهرست شرط‌ها نمی‌خواند ({condition[name]!s:.80}).",
                     f"Write conditions_meta.{code}.{name}.", f"conditions_meta.{code}.{name} بنویسید.")
            for name in _STATED if name in cells and _reads_only_known(cells[name])
            and _value(cells[name], known) != condition[name]]


def _compiled(cell: Any) -> feel.Expression | None:
    try:
        return feel.compile(documents.text(cell))
    except feel.FeelError:
        return None  # told of already


def _value(cell: Any, known: Mapping[str, Any]) -> Any:
    found = _compiled(cell)
    return None if found is None else found.evaluate(known)


def _reads_only_known(cell: Any) -> bool:
    found = _compiled(cell)
    return found is not None and found.names <= _GIVEN


def _is_constant(cell: Any) -> bool:
    found = _compiled(cell)
    return found is not None and not found.names and found.evaluate({}) is not None


def _charges(bundle: Bundle, book: rules.RuleBook) -> list[Problem]:
    """A fee whose rule may not charge is no payment: tried as if the rule were our own default."""
    model = bundle.models.get(FEE)
    if model is None:
        return []
    given = book.variables()
    unfounded = {"grade": "D", "scope": "national", "source": "", "source_fa": "", "acts": False}
    tried = {**given, "rules": {**given["rules"], "fee_create": feel.from_json(1_000_000)},
             "rules_meta": {**given["rules_meta"], "fee_create": unfounded}}
    try:
        value = model.evaluate(FEE, tried).value
    except (errors.NotFound, feel.FeelError):
        return []
    if not isinstance(value, dict) or value.get("mode") != fees.PAYMENT:
        return []
    return [Problem(where=FEE, code="unfounded_charge", file=_file_of(bundle, model),
                    what="The decision charges a fee although its rule is graded D.",
                    what_fa="این تصمیم مبلغ می‌گیرد هرچند قاعده آن درجه D دارد.",
                    fix="Charge only while rules_meta.fee_create.acts is true.",
                    fix_fa="تنها وقتی rules_meta.fee_create.acts درست است مبلغ بگیرید.")]


def _file_of(bundle: Bundle, model: dmn.Model) -> str | None:
    return next((file for file in sorted(bundle.resources) if file.endswith(".dmn")
                 and f'id="{next(iter(model.decisions))}"'.encode() in bundle.resources[file]), None)


def _untested(code: str) -> Problem:
    return Problem(where=code, file="rules", code="condition_untested", severity="warning",
                   what=f"No decision table tests the condition {code}.",
                   what_fa=f"هیچ جدول تصمیمی شرط {code} را نمی‌سنجد.",
                   fix="Add a row to the table, or leave it to people.",
                   fix_fa="ردیفی به جدول بیفزایید یا سنجش آن را به اشخاص بسپارید.")


def _problem(file: str, element: Any, code: str, what: str, what_fa: str, fix: str, fix_fa: str) -> Problem:
    return Problem(where=element.get("id") or file, file=file, line=element.sourceline, code=code, what=what,
                   what_fa=what_fa, fix=fix, fix_fa=fix_fa)
