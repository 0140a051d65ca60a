"""Shapes of the rules: what stands, what is proposed, what became of it."""

from __future__ import annotations

from marshmallow import Schema, fields

from api.schemas.base import Text
from workflows import reasons, rule_proposals, rule_versions, rules

_STATES = (rule_versions.PROPOSED, rule_versions.APPROVED, rule_versions.REJECTED, rule_versions.WITHDRAWN)


class RuleVersionSchema(Schema):
    """A proposal and what became of it."""

    id = fields.String(required=True)
    kind = fields.String(metadata={"enum": list(rule_proposals.KINDS)})
    key = fields.String()
    content = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True), metadata={
        "description": "What stands in the place of the deployed fields, such as `value`, `grade` and `source`."})
    effective_from = fields.Date()
    reason = fields.String()
    state = fields.String(metadata={"enum": list(_STATES)})
    proposed_by = fields.String()
    proposed_at = fields.AwareDateTime()
    decided_by = fields.String(allow_none=True)
    decided_at = fields.AwareDateTime(allow_none=True)
    decision_reason = fields.String(allow_none=True)


class PresentSchema(Schema):
    """A rule or a condition as it stands today."""

    value = fields.Raw(allow_none=True, metadata={"description": "Of a rule."})
    portal_no = fields.String(allow_none=True, metadata={"description": "Of a condition: its number on the portal."})
    rule = fields.String(allow_none=True, metadata={"description": "Of a condition: the rule it tests."})
    text_fa = fields.String()
    text_en = fields.String()
    grade = fields.String(metadata={"enum": list(rules.GRADES)})
    scope = fields.String(metadata={"enum": list(rules.SCOPES)})
    source = fields.String()
    source_fa = fields.String()
    acts = fields.Boolean(metadata={"description": "Whether it may refuse, block or charge; else it asks a person."})
    effective_from = fields.Date(allow_none=True)


class RuleSchema(Schema):
    """One rule or condition."""

    kind = fields.String(metadata={"enum": list(rule_proposals.KINDS)})
    key = fields.String()
    present = fields.Nested(PresentSchema)
    changed = fields.Boolean(metadata={"description": "Whether a version stands in place of what was deployed."})
    coming = fields.Nested(RuleVersionSchema, allow_none=True)
    proposed = fields.Nested(RuleVersionSchema, allow_none=True)


class RuleListSchema(Schema):
    """Every rule and condition."""

    items = fields.List(fields.Nested(RuleSchema))


class RuleRecordSchema(Schema):
    """One rule or condition with its history."""

    line = fields.Nested(RuleSchema, data_key="rule")
    deployed = fields.Nested(PresentSchema)
    history = fields.List(fields.Nested(RuleVersionSchema), metadata={"description": "Latest first."})


class ProposalSchema(Schema):
    """What somebody proposes."""

    changes = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True), required=True, metadata={
        "description": "Fields to change: of a rule `value`, `grade`, `scope`, `source`, `source_fa`; of a condition "
                       "`portal_no` instead of the value. The others stay."})
    effective_from = fields.Date(required=True, metadata={"description": "A day after today."})
    reason = Text(required=True, most=reasons.MOST)


class DecisionSchema(Schema):
    """The remark on a decision."""

    reason = Text(load_default="", most=reasons.MOST)
