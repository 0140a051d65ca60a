"""DMN files written in a few lines, for tests."""

from __future__ import annotations

from engine import dmn

NAMESPACE = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def definitions(body: str, *, namespace: str = NAMESPACE) -> bytes:
    """A DMN file around `body`."""
    return f'<definitions xmlns="{namespace}" id="d" name="model" namespace="urn:test">{body}</definitions>'.encode()


def escaped(text: str) -> str:
    """`text` as XML text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def literal(id_: str, text: str, requires: str = "", type_: str = "Any") -> str:
    """A decision that is one expression."""
    return (f'<decision id="{id_}" name="{id_}"><variable name="{id_}" typeRef="{type_}"/>{requirements(requires)}'
            f'<literalExpression id="{id_}_logic"><text>{escaped(text)}</text></literalExpression></decision>')


def requirements(names: str) -> str:
    """Arrows from decisions."""
    return "".join(f'<informationRequirement><requiredDecision href="#{name}"/></informationRequirement>'
                   for name in names.split())


def table(policy: str, inputs: str, outputs: str, *rules: str, requires: str = "") -> bytes:
    """A file with the decision `t`: a table whose rules are written `cell | cell -> cell | cell`.

    An input is written `expression`, `expression ~ type` or `expression ~ type ~ allowed values`, an output `name`,
    `name=default` or `name:first,second` with its values by priority.
    """
    return definitions(decision(policy, inputs, outputs, *rules, requires=requires))


def decision(policy: str, inputs: str, outputs: str, *rules: str, requires: str = "") -> str:
    """The decision `t` alone."""
    policy, _, aggregation = policy.partition(" ") if policy.startswith("COLLECT") else (policy, "", "")
    columns = "".join(column(place, text) for place, text in enumerate(inputs.split(" | ")))
    columns += "".join(output(text) for text in outputs.split(" | "))
    aggregated = f' aggregation="{aggregation}"' if aggregation else ""
    rows = "".join(row(number, text) for number, text in enumerate(rules, 1))
    return (f'<decision id="t" name="t">{requirements(requires)}<decisionTable id="table" hitPolicy="{policy}"'
            f'{aggregated}>{columns}<annotation name="source"/>{rows}</decisionTable></decision>')


def column(place: int, text: str) -> str:
    """One input column."""
    expression, type_, values = (*text.split(" ~ "), "", "")[:3]
    typed = f' typeRef="{type_}"' if type_ else ""
    inside = f"<inputValues><text>{escaped(values)}</text></inputValues>" if values else ""
    return (f'<input id="i_{place}"><inputExpression{typed}><text>{escaped(expression)}</text></inputExpression>'
            f"{inside}</input>")


def output(text: str) -> str:
    """One output column."""
    name, _, values = text.partition(":")
    name, _, default = name.partition("=")
    inside = f"<outputValues><text>{escaped(values)}</text></outputValues>" if values else ""
    inside += f"<defaultOutputEntry><text>{escaped(default)}</text></defaultOutputEntry>" if default else ""
    return f'<output id="o_{name}" name="{name}">{inside}</output>'


def row(number: int, text: str) -> str:
    """One rule, annotated with its number."""
    conditions, _, conclusions = text.partition(" -> ")
    cells = "".join(f"<{kind}><text>{escaped(cell)}</text></{kind}>"
                    for kind, side in (("inputEntry", conditions), ("outputEntry", conclusions))
                    for cell in side.split(" | "))
    return f'<rule id="r{number}">{cells}<annotationEntry><text>note {number}</text></annotationEntry></rule>'


def value(xml: bytes, decision_id: str = "t", **inputs: object) -> object:
    """The decision's value."""
    return dmn.load(xml).evaluate(decision_id, inputs).value
