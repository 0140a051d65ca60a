"""FEEL text -> syntax tree."""

from __future__ import annotations

import functools
from decimal import Decimal
from typing import Any

import lark
from lark.lexer import Token

from engine.feel import grammar, lexer, names, nodes, numerals, temporals
from engine.feel.errors import FeelError, FeelSyntaxError, FeelUnsupported

MAX_DEPTH = 120
Children = list[Any]
_DESCRIBED = {
    "NAME": ("a name", "یک نام"), "NUMBER": ("a number", "یک عدد"), "STRING": ("a string", "یک رشته"),
    "$END": ("the end", "پایان"), "AT": ("@", "@"), "DASH": ("-", "-"), "NOT": ("not", "not"),
    "_INSTANCE_OF": ("instance of", "instance of"), "_RANGE_OPEN": ("]", "]"), "_RANGE_CLOSE": ("[", "["),
}
_CLOSED_BY = {"_LPAR": "_RPAR", "_LSQB": "_RSQB", "_LBRACE": "_RBRACE", "_RANGE_OPEN": "_RSQB"}
_CLOSES = frozenset({"_RPAR", "_RSQB", "_RBRACE", "_RANGE_CLOSE"})
_STARTS_VALUE = {"NUMBER", "STRING", "TRUE"}


class _Refused(Exception):
    """Raised while building, where only the offset is known; `parse` fills in the place."""

    def __init__(self, at: int, *, external: bool) -> None:
        super().__init__(at)
        self.at = at
        self.external = external


def parse(text: str, known: names.KnownNames, *, unary: bool = False) -> nodes.Node:
    """The tree of an expression, or with `unary` of unary tests.

    Raises: FeelSyntaxError with the place of the first fault; FeelUnsupported for an external function.
    """
    tokens = lexer.tokenise(text, known, unary=unary)
    if not tokens:
        raise FeelSyntaxError("the expression is empty", message_fa="عبارت خالی است", hint="Write an expression.")
    try:
        tree: nodes.Node = _parser().parse(tokens, start="tests" if unary else "expression")  # type: ignore[assignment]
    except lark.UnexpectedToken as fault:
        raise _unexpected(text, fault, tokens) from None
    except _Refused as fault:
        raise _refusal(text, fault) from None
    if nodes.depth(tree) > MAX_DEPTH:
        raise FeelSyntaxError(f"the expression is nested deeper than {MAX_DEPTH}",
                              message_fa=f"عبارت بیش از {MAX_DEPTH} لایه دارد", hint="Split the expression.")
    return tree


def _refusal(text: str, fault: _Refused) -> FeelError:
    line, column = lexer.place(text, fault.at)
    if fault.external:
        return FeelUnsupported("external function", line=line, column=column,
                               hint="Java and PMML functions are not called; write the function in FEEL.",
                               hint_fa="تابع جاوا و PMML فراخوانده نمی‌شود؛ تابع را به FEEL بنویسید.")
    return FeelSyntaxError("the number is too large", message_fa="عدد بیش از اندازه بزرگ است", line=line, column=column)


def _unexpected(text: str, fault: lark.UnexpectedToken, tokens: list[Token]) -> FeelSyntaxError:
    token = fault.token
    at = len(text.rstrip()) if token.type == "$END" else token.start_pos or 0
    line, column = lexer.place(text, at)
    seen, seen_fa = ("the expression ends too early", "عبارت ناتمام است") if token.type == "$END" else (
        f"unexpected {str(token)!r}", f"{str(token)!r} اینجا معنا ندارد")
    accepted = set(fault.accepts or fault.expected)
    hint, hint_fa = _mistake(token, tokens) or _unclosed(text, accepted, tokens, at_end=token.type == "$END") or _hint(
        accepted, at_end=token.type == "$END")
    return FeelSyntaxError(seen, message_fa=seen_fa, line=line, column=column, hint=hint, hint_fa=hint_fa)


def _mistake(token: Token, tokens: list[Token]) -> tuple[str, str] | None:
    """What to write instead of what other languages have."""
    if token.type == "_DOTDOT":
        return "A range stands in brackets, such as [1..5].", "بازه میان دو قلاب می‌آید، مانند [1..5]."
    if token.value == "?":
        return "Write if … then … else ….", "بنویسید if … then … else …."
    place = next((index for index, each in enumerate(tokens) if each is token), 0)
    if place and tokens[place - 1] == "not" and tokens[place - 1].type == "NAME":
        return "Write not(…).", "بنویسید not(…)."
    return None


def _unclosed(text: str, accepted: set[str], tokens: list[Token], *, at_end: bool) -> tuple[str, str] | None:
    """Which bracket to close, where the text ends and could go on with that."""
    opened: list[Token] = []
    for token in tokens if at_end else ():
        if token.type in _CLOSED_BY:
            opened.append(token)
        elif token.type in _CLOSES and opened:
            opened.pop()
    if not opened or _CLOSED_BY[opened[-1].type] not in accepted:
        return None
    line, column = lexer.place(text, opened[-1].start_pos or 0)
    closing = _describe(_CLOSED_BY[opened[-1].type])[0]
    return (f"Close the {opened[-1]} of line {line}, column {column} with {closing}.",
            f"نشانه {opened[-1]} در خط {line}، ستون {column} را با {closing} ببندید.")


def _hint(accepted: set[str], *, at_end: bool) -> tuple[str, str]:
    """What may stand at the fault, in English and Persian."""
    if accepted >= _STARTS_VALUE:
        return "A value must stand here.", "اینجا باید مقداری بیاید."
    expected = sorted({_described(name) for name in accepted})
    if 0 < len(expected) <= 8:
        english, persian = zip(*expected, strict=True)
        return f"Expected {' or '.join(english)}.", f"اینجا یکی از این‌ها می‌آید: {'، '.join(persian)}"
    if at_end:
        return "Complete the expression.", "عبارت را کامل کنید."
    return "An operator or the end must stand here.", "اینجا باید عملگر یا پایان عبارت بیاید."


def _described(terminal: str) -> tuple[str, str]:
    """Words bare, signs in quotes, or a comma would be lost among others."""
    english, persian = _describe(terminal)
    return (english, persian) if english[0].isalpha() else (f"'{english}'", f"'{persian}'")


def _describe(terminal: str) -> tuple[str, str]:
    if terminal in _DESCRIBED:
        return _DESCRIBED[terminal]
    return next((text, text) for text, kind in (lexer.OPERATORS | lexer.KEYWORDS).items() if kind == terminal)


@functools.cache
def _parser() -> lark.Lark:
    return lark.Lark(grammar.GRAMMAR, parser="lalr", lexer=lexer.TokenLexer, start=["expression", "tests"],
                     transformer=_Builder(), maybe_placeholders=False)


def _at(value: Any) -> int:
    return value.at if isinstance(value, nodes.Node) else value.start_pos or 0


class _Builder(lark.Transformer[Token, Any]):
    """One method a grammar rule or alias: children in, node out."""

    def number(self, children: Children) -> nodes.Node:
        value = numerals.parse(children[0].value)
        if value is None:
            raise _Refused(_at(children[0]), external=False)
        return nodes.Literal(at=_at(children[0]), value=value)

    def string(self, children: Children) -> nodes.Node:
        return nodes.Literal(at=_at(children[0]), value=str(children[0].value))

    def temporal(self, children: Children) -> nodes.Node:
        text = str(children[0].value)
        value = temporals.parse(text)
        return nodes.Literal(at=_at(children[0]), value=value, spelled=text if value is None else "")

    def true(self, children: Children) -> nodes.Node:
        return nodes.Literal(at=_at(children[0]), value=True)

    def false(self, children: Children) -> nodes.Node:
        return nodes.Literal(at=_at(children[0]), value=False)

    def null(self, children: Children) -> nodes.Node:
        return nodes.Literal(at=_at(children[0]), value=None)

    def name(self, children: Children) -> nodes.Node:
        return nodes.Name(at=_at(children[0]), name=str(children[0].value))

    def group(self, children: Children) -> nodes.Node:
        node: nodes.Node = children[0]
        return node

    def operator(self, children: Children) -> Token:
        token: Token = children[0]
        return token

    def operator_test(self, children: Children) -> nodes.Node:
        operator, operand = children
        return nodes.OperatorTest(at=_at(operator), operator=str(operator), operand=operand)

    def any_value(self, children: Children) -> nodes.Node:
        return nodes.Tests(at=_at(children[0]), tests=(), negated=False)

    def tests(self, children: Children) -> nodes.Node:
        return nodes.Tests(at=_at(children[0]), tests=tuple(children), negated=False)

    def negated_tests(self, children: Children) -> nodes.Node:
        return nodes.Tests(at=_at(children[0]), tests=tuple(children[1:]), negated=True)

    def or_(self, children: Children) -> nodes.Node:
        return nodes.Or(at=_at(children[0]), operands=tuple(children))

    def and_(self, children: Children) -> nodes.Node:
        return nodes.And(at=_at(children[0]), operands=tuple(children))

    def compare(self, children: Children) -> nodes.Node:
        left, operator, right = children
        return nodes.Comparison(at=_at(left), operator=str(operator), left=left, right=right)

    def between(self, children: Children) -> nodes.Node:
        value, low, high = children
        return nodes.Between(at=_at(value), value=value, low=low, high=high)

    def in_test(self, children: Children) -> nodes.Node:
        return nodes.In(at=_at(children[0]), value=children[0], tests=tuple(children[1:]))

    def arithmetic(self, children: Children) -> nodes.Node:
        rest = tuple((str(operator), operand) for operator, operand in zip(children[1::2], children[2::2], strict=True))
        return nodes.Arithmetic(at=_at(children[0]), first=children[0], rest=rest)

    def instance_of(self, children: Children) -> nodes.Node:
        return nodes.InstanceOf(at=_at(children[0]), value=children[0], type=children[1])

    def negation(self, children: Children) -> nodes.Node:
        minus, operand = children
        if isinstance(operand, nodes.Literal) and type(operand.value) is Decimal:
            return nodes.Literal(at=_at(minus), value=numerals.CONTEXT.minus(operand.value))
        return nodes.Negation(at=_at(minus), operand=operand)

    def path(self, children: Children) -> nodes.Node:
        return nodes.Path(at=_at(children[0]), source=children[0], name=str(children[1].value))

    def filter(self, children: Children) -> nodes.Node:
        return nodes.Filter(at=_at(children[0]), source=children[0], condition=children[1])

    def call(self, children: Children) -> nodes.Node:
        return nodes.Call(at=_at(children[0]), function=children[0], arguments=tuple(children[1:]), names=None)

    def call_named(self, children: Children) -> nodes.Node:
        named = children[1:]
        return nodes.Call(at=_at(children[0]), function=children[0], arguments=tuple(value for _, value in named),
                          names=tuple(name for name, _ in named))

    def named(self, children: Children) -> tuple[str, nodes.Node]:
        return str(children[0].value), children[1]

    def entry(self, children: Children) -> tuple[str, nodes.Node, bool]:
        return str(children[0].value), children[1], children[0].type == "STRING"

    def list(self, children: Children) -> nodes.Node:
        return nodes.ListLiteral(at=_at(children[0]) if children else 0, items=tuple(children))

    def context(self, children: Children) -> nodes.Node:
        at = children[0][1].at if children else 0
        return nodes.ContextLiteral(at=at, entries=tuple((key, value) for key, value, _ in children),
                                    quoted=frozenset(key for key, _, quoted in children if quoted))

    def if_(self, children: Children) -> nodes.Node:
        condition, consequent, alternative = children
        return nodes.If(at=_at(condition), condition=condition, consequent=consequent, alternative=alternative)

    def iteration(self, children: Children) -> nodes.Iteration:
        name, source, *end = children
        return nodes.Iteration(at=_at(name), name=str(name.value), source=source, end=end[0] if end else None)

    def for_(self, children: Children) -> nodes.Node:
        return nodes.For(at=_at(children[0]), iterators=tuple(children[:-1]), body=children[-1])

    def some(self, children: Children) -> nodes.Node:
        return nodes.Quantified(at=_at(children[0]), every=False, iterators=tuple(children[:-1]),
                                condition=children[-1])

    def every(self, children: Children) -> nodes.Node:
        return nodes.Quantified(at=_at(children[0]), every=True, iterators=tuple(children[:-1]),
                                condition=children[-1])

    def range(self, children: Children) -> nodes.Node:
        opening, start, _, end, closing = children
        return nodes.RangeLiteral(at=_at(opening), start=start, end=end, start_included=str(opening) == "[",
                                  end_included=closing.type == "_RSQB")

    def function(self, children: Children) -> nodes.Node:
        *parameters, body = children
        return nodes.FunctionLiteral(at=_at(body), parameters=tuple(parameters), body=body)

    def parameter(self, children: Children) -> tuple[str, nodes.TypeName | None]:
        return str(children[0].value), children[1] if len(children) > 1 else None

    def body(self, children: Children) -> nodes.Node:
        node: nodes.Node = children[0]
        return node

    def external(self, children: Children) -> nodes.Node:
        raise _Refused(_at(children[0]), external=True)

    def qualified(self, children: Children) -> nodes.TypeName:
        return nodes.TypeName(at=_at(children[0]), name=".".join(str(token.value) for token in children))

    def type(self, children: Children) -> nodes.TypeName:
        named: nodes.TypeName = children[0]
        return named

    def generic_type(self, children: Children) -> nodes.TypeName:
        arguments = tuple(child for child in children[1:] if isinstance(child, nodes.TypeName))
        return nodes.TypeName(at=children[0].at, name=children[0].name, arguments=arguments)

    def context_type(self, children: Children) -> nodes.TypeName:
        arguments = tuple(child for child in children[1:] if isinstance(child, nodes.TypeName))
        members = tuple(str(child.value) for child in children[1:] if getattr(child, "type", "") == "NAME")
        return nodes.TypeName(at=children[0].at, name=children[0].name, arguments=arguments, members=members)

    def any_function(self, children: Children) -> nodes.TypeName:
        return nodes.TypeName(at=_at(children[0]), name="function")

    def function_type(self, children: Children) -> nodes.TypeName:
        types = [child for child in children if isinstance(child, nodes.TypeName)]
        return nodes.TypeName(at=types[-1].at, name="function", arguments=tuple(types[:-1]), result=types[-1])
