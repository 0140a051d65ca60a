"""`parvaneh rules`: what stands, how it came about, and a proposal from the command line."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import click

from api import config
from api.cli_cycles import Composed
from api.cli_errors import plainly
from workflows import calendar, form_answers, rule_inputs, rule_proposals, rules
from workflows.rule_versions import CONDITION, RULE


@click.group("rules")
def rules_group() -> None:
    """The numbers and choices by which the processes decide, each with grade and source."""


@rules_group.command("list")
@click.option("--on", "day", metavar="DATE",
              help="As of this day, such as 2026-09-23 or 1405-07-01; without it, today.")
@click.pass_obj
@plainly
def list_rules(composed: Composed, day: str | None) -> None:
    """List every rule and condition in force on a day: key, value, grade, scope, what it may do, source."""
    with composed(config.from_environment()) as product, product.database.read() as session:
        product.refresh_clock(session)
        on = calendar.today(product.clock.now()) if day is None else _day(day, "--on")
        book = rules.in_force(session, engine=product.engine, on=on)
    for rule in book.rules.values():
        _print(rule, _text(rule, rule.value, book))
    for condition in book.conditions.values():
        _print(condition, condition.portal_no or "no portal number")


@rules_group.command()
@click.argument("key")
@click.argument("value")
@click.option("--from", "day", metavar="DATE", required=True, help="The day on which it takes effect, after today.")
@click.option("--reason", required=True, help="Why; it stands in the rule's history.")
@click.option("--grade", type=click.Choice(rules.GRADES), help="Its new grade.")
@click.option("--scope", type=click.Choice(rules.SCOPES), help="Its new scope.")
@click.option("--source", help="Where it stands, in English.")
@click.option("--source-fa", help="Where it stands, in Persian.")
@click.pass_obj
@plainly
def propose(composed: Composed, /, key: str, value: str, day: str, reason: str, **details: str | None) -> None:
    """Propose another VALUE (JSON, or plain text) of the rule KEY, or the portal's number of the condition KEY.

    Somebody who may decide has to approve it on the page of the rule; nobody approves at the command line.
    """
    with composed(config.from_environment()) as product, product.database.begin() as session:
        product.refresh_clock(session)
        on = _day(day, "--from")
        kind = CONDITION if key in rules.in_force(session, engine=product.engine, on=on).conditions else RULE
        field = "portal_no" if kind == CONDITION else "value"
        changes = {field: value if kind == CONDITION else _value(value),
                   **{name: given for name, given in details.items() if given is not None}}
        proposed = rule_proposals.propose_as(session, product=product, by=rule_proposals.OPERATOR, kind=kind, key=key,
                                             changes=changes, effective_from=on, reason=reason)
    click.echo(f"Proposed: {proposed.key} from {calendar.format_date(on, 'en')} on. Another person has to approve it.")


def _print(one: rules.Rule | rules.Condition, value: str) -> None:
    key = one.key if isinstance(one, rules.Rule) else one.code
    click.echo("  ".join((key, value, one.grade, one.scope, "may refuse" if one.acts else "asks", one.source)))


def _text(rule: rules.Rule, value: Any, book: rules.RuleBook) -> str:
    return rule_inputs.words(rule, value, book)[1]


def _day(text: str, option: str) -> date:
    found = form_answers.to_date(text)
    if found is None:
        raise click.BadParameter(f"{text!r} is no date such as 2026-09-23 or 1405-07-01.", param_hint=option)
    return found


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
