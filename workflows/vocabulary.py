"""The words of licensing in a diagram: stages the public is shown, duties that are separated, and their separation.

An administrator draws the processes of applications, but may not draw away that nobody does two of inspection,
technical opinion and decision on one application, nor show the public a stage there is no word for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine import Bundle
from engine.values import Problem
from workflows import authorization, catalogue, refusals


def check(bundle: Bundle) -> list[Problem]:
    """Every unknown stage and duty of a bundle's processes, and every application's process without the separation."""
    applied = {service.process for service in catalogue.SERVICES.values()}
    problems: list[Problem] = []
    for key, process in bundle.processes.items():
        for node in process.model.scope.walk():
            stages = refusals.OUTCOMES if node.type == "endEvent" else catalogue.OPEN_STATES
            for name, value, known in (("stage", node.element.stage, stages),
                                       ("duty", node.element.duty, authorization.DUTIES)):
                if value is not None and value not in known:
                    problems.append(_unknown(process.resource, node.id, node.line, name, value, known))
        problems += _separation(key, process.resource, process.separations, required=key in applied)
    return problems


def _separation(key: str, file: str, separations: Iterable[frozenset[str]], *, required: bool) -> Iterator[Problem]:
    known = frozenset(authorization.DUTIES)
    for duties in separations:
        for duty in sorted(duties - known):
            yield _unknown(file, key, None, "separation duties", duty, known)
    if required and not any(known <= duties for duties in separations):
        words = " ".join(authorization.DUTIES)
        yield Problem(
            where=key, file=file, code="separation_missing",
            what="nothing keeps one person from doing two of inspection, technical opinion and decision",
            what_fa="چیزی بازنمی‌دارد که یک نفر دو کار از بازدید، نظر فنی و تصمیم را انجام دهد",
            fix=f'Write <parvaneh:separation duties="{words}"/> in the process.',
            fix_fa=f'در فرایند <parvaneh:separation duties="{words}"/> بنویسید.')


def _unknown(file: str, where: str, line: int | None, name: str, value: str, known: Iterable[str]) -> Problem:
    choices = ", ".join(known)
    return Problem(where=where, file=file, line=line, code=f"{name.split()[0]}_unknown",
                   what=f"parvaneh:{name} names {value!r}, which is none of {choices}",
                   what_fa=f"parvaneh:{name} مقدار {value} دارد که هیچ‌یک از {choices} نیست",
                   fix=f"Choose one of {choices}.", fix_fa=f"یکی از {choices} را برگزینید.")
