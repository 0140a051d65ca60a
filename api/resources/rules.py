"""Rules: every number and choice of the processes, and the proposals to change them."""

from __future__ import annotations

from typing import Any

from api import context, security
from api.blueprints import Noun
from api.schemas.rules import DecisionSchema, ProposalSchema, RuleListSchema, RuleRecordSchema, RuleVersionSchema
from workflows import rule_proposals

noun = Noun("rules", "/rules", "The rules and conditions, each with grade, scope, source and history.")
proposals = Noun("rule_proposals", "/rule-proposals", "Proposed changes of rules, which a second person decides.")


@noun.get(answers=RuleListSchema)
def search() -> Any:
    """Every rule and condition as it stands today."""
    return {"items": rule_proposals.listed(context.session(), product=context.product(), user=security.require_user())}


@noun.get("/<kind>/<key>", answers=RuleRecordSchema)
def read(kind: str, key: str) -> Any:
    """One rule (`RULE`) or condition (`CONDITION`) with everything that was proposed about it."""
    return rule_proposals.record(context.session(), product=context.product(), user=security.require_user(), kind=kind,
                                 key=key)


@noun.post("/<kind>/<key>/proposals", takes=ProposalSchema, answers=RuleVersionSchema, status=201)
def propose(body: dict[str, Any], kind: str, key: str) -> Any:
    """Propose another version; nothing changes before a second person has approved it and its day has come."""
    return rule_proposals.propose(context.session(), product=context.product(), user=security.require_user(), kind=kind,
                                  key=key, **body)


@proposals.post("/<proposal_id>/approval", takes=DecisionSchema, answers=RuleVersionSchema)
def approve(body: dict[str, Any], proposal_id: str) -> Any:
    """Approve a proposal of another person."""
    return rule_proposals.approve(context.session(), product=context.product(), user=security.require_user(),
                                  id=proposal_id, reason=body["reason"])


@proposals.post("/<proposal_id>/refusal", takes=DecisionSchema, answers=RuleVersionSchema)
def decline(body: dict[str, Any], proposal_id: str) -> Any:
    """Decline a proposal with a reason, or withdraw one's own."""
    return rule_proposals.decline(context.session(), product=context.product(), user=security.require_user(),
                                  id=proposal_id, reason=body["reason"])
