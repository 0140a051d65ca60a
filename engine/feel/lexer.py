"""FEEL text -> tokens for the LALR grammar. Here names with spaces are resolved and brackets get their roles."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lark.common import LexerConf
from lark.lexer import Lexer, Token

from engine.feel import names
from engine.feel.errors import FeelSyntaxError

MAX_LENGTH = 50_000
MAX_TOKENS = 10_000
MAX_NESTING = 100
SPLIT = "Split the expression.", "عبارت را چند تکه کنید."

_SPACE = re.compile(rf"(?:[{names.SPACE}]+|//[^\n\r]*|/\*(?:[^*]|\*(?!/))*\*/)+")
_NUMBER = re.compile(r"(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_STRING = re.compile(r'"(?:[^"\\\n\r]|\\.)*"')
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{6})|(.))", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\", "/": "/", "b": "\b", "f": "\f"}
_INSTANCE_OF = re.compile(rf"instance[{names.SPACE}]+of(?![{names.PART}])")
_INFIX = "and|or|then|else|in|between|return|satisfies|instance"
_NO_INFIX = rf"(?![{names.SPACE}]*(?:{_INFIX})(?![{names.PART}]))[{names.SPACE}]*"
_ENDS_KEY = re.compile(rf"[{names.SPACE}]*:")
_OPENS_TYPE = re.compile(rf"<[{names.SPACE}]*{names.KEY.pattern}")
_STARTS_OPERAND = re.compile(_NO_INFIX + rf'(?:[{names.PART}"@(\[{{?-]|\.\d)')
_STARTS_END = re.compile(_NO_INFIX + rf'[{names.PART}"@(]')
"""What may follow `[]` only when the `]` opens a range: no operator, filter or end."""

OPERATORS = {
    "**": "POWER", "..": "_DOTDOT", "->": "_ARROW", "<=": "LE", ">=": "GE", "!=": "NE", "+": "PLUS", "-": "MINUS",
    "*": "TIMES", "/": "DIVIDE", "=": "EQ", "<": "LT", ">": "GT", ".": "_DOT", ",": "_COMMA", ":": "_COLON",
    "(": "_LPAR", ")": "_RPAR", "[": "_LSQB", "]": "_RSQB", "{": "_LBRACE", "}": "_RBRACE", "?": "NAME",
}
_OPERATOR = re.compile("|".join(re.escape(text) for text in OPERATORS))
KEYWORDS = {
    "and": "_AND", "or": "_OR", "if": "_IF", "then": "_THEN", "else": "_ELSE", "for": "_FOR", "in": "_IN",
    "return": "_RETURN", "some": "_SOME", "every": "_EVERY", "satisfies": "_SATISFIES", "between": "_BETWEEN",
    "true": "TRUE", "false": "FALSE", "null": "NULL", "function": "_FUNCTION", "external": "EXTERNAL",
}
_MISTAKES = {
    **dict.fromkeys("'“”«»", ("Strings stand between double quotes.", 'رشته میان دو نشانه " می‌آید.')),
    "≤": ("Write <=.", "بنویسید <=."), "≥": ("Write >=.", "بنویسید >=."), "≠": ("Write !=.", "بنویسید !=."),
    "×": ("Write *.", "بنویسید *."), "÷": ("Write /.", "بنویسید /."),
    "!": ("Write not(…) or !=.", "بنویسید not(…) یا !=."),
    "&": ("Write and.", "بنویسید and."), "|": ("Write or.", "بنویسید or."),
    ";": ("Lists are separated by commas.", "فهرست با ویرگول جدا می‌شود."),
    "==": ("Write =.", "بنویسید =."), "<>": ("Write !=.", "بنویسید !=."), "=>": ("Write >=.", "بنویسید >=."),
}
"""What people who know other languages write, and what FEEL has instead."""
_NO_SIGN = ("FEEL has no such sign; remove it, or put text between double quotes.",
            "FEEL چنین نشانه‌ای ندارد؛ آن را بردارید، یا متن را میان دو نشانه \" بگذارید.")
_MISTAKEN = {"=": "==", "<": "<>"}
_ENDS_OPERAND = frozenset({"NAME", "NUMBER", "STRING", "AT", "TRUE", "FALSE", "NULL", "_RPAR", "_RSQB", "_RBRACE",
                           "_RANGE_CLOSE"})


class TokenLexer(Lexer):
    """Hands lark the tokens made here; lark's own lexers know no scope."""

    __future_interface__ = 2

    def __init__(self, lexer_conf: LexerConf) -> None:
        del lexer_conf

    def lex(self, lexer_state: object, parser_state: object) -> Iterator[Token]:
        del parser_state
        tokens: list[Token] = lexer_state.text  # type: ignore[attr-defined]  # lark keeps custom input there
        return iter(tokens)


def tokenise(text: str, known: names.KnownNames, *, unary: bool = False) -> list[Token]:
    """The tokens of `text`; with `unary`, a leading `not(` and a lone `-` are those of unary tests.

    Raises: FeelSyntaxError for a character that no token begins with, and for a text too long or too deeply nested.
    """
    if len(text) > MAX_LENGTH:
        raise FeelSyntaxError(f"the text is longer than {MAX_LENGTH} characters",
                              message_fa=f"متن از {MAX_LENGTH} نویسه بلندتر است")
    return _Tokeniser(text, known.copy(), unary=unary).run()


class _Tokeniser:
    def __init__(self, text: str, known: names.KnownNames, *, unary: bool) -> None:
        self.text = text
        self.everywhere = self.known = known
        """Names of the whole text (keys stay known, since paths and filters use them), and those in reach here."""
        self.scopes: list[tuple[int, names.KnownNames]] = []
        """For each variable and parameter in reach how many brackets were open around its scope, and what was known."""
        self.unary = unary
        self.position = 0
        self.tokens: list[Token] = []
        self.brackets: list[list[str]] = []
        """Open brackets, innermost last: the character, or `function` for that of parameters; then `..` once seen."""
        self.iterations: list[int] = []
        """For each `for`, `some` and `every` before its body, how many brackets were open there."""

    def run(self) -> list[Token]:
        text, size = self.text, len(self.text)
        while True:
            space = _SPACE.match(text, self.position)
            if space:
                self.position = space.end()
            if self.position >= size:
                break
            if text.startswith("/*", self.position):
                raise self.fault("the comment has no end", "توضیح بسته نشده است", "Close it with */.",
                                 "آن را با */ ببندید.")
            self.step(text[self.position])
        if self.unary:
            self.mark_unary()
        return self.tokens

    def step(self, char: str) -> None:
        text, start = self.text, self.position
        if char == '"' or char == "@":
            self.string(char)
        elif number := _NUMBER.match(text, start):
            if char == "." and self.after_operand():
                self.emit("_DOT", ".", start + 1)
            else:
                self.emit("NUMBER", number.group(), number.end())
        elif word := names.WORD.match(text, start):
            self.word(word.group())
        elif char == "?":
            self.question()
        elif operator := _OPERATOR.match(text, start):
            self.operator(operator.group())
        else:
            raise self.fault(f"unexpected character {char!r}", f"نویسه {char!r} اینجا معنا ندارد",
                             *_MISTAKES.get(char, _NO_SIGN))

    def string(self, char: str) -> None:
        start = self.position
        opening = start if char == '"' else names.SPACES.match(self.text, start + 1)
        quote = start if char == '"' else (opening.end() if isinstance(opening, re.Match) else start + 1)
        match = _STRING.match(self.text, quote)
        if not match:
            raise self.no_string(quote)
        text = unescape(match.group()[1:-1])
        if char == '"' and self.brackets and self.brackets[-1][0] == "{" and _ENDS_KEY.match(self.text, match.end()):
            self.everywhere.add(text)
        self.emit("STRING" if char == '"' else "AT", text, match.end())

    def no_string(self, quote: int) -> FeelSyntaxError:
        """What is wrong where a string should stand at `quote`."""
        if not self.text.startswith('"', quote):
            return self.fault("a string must follow @", "پس از @ باید رشته بیاید",
                              'Write @"…", such as @"2026-03-21" or @"P10D".', 'بنویسید @"…"، مانند @"2026-03-21".')
        self.position = quote
        line = re.split(r"[\n\r]", self.text[quote + 1:], maxsplit=1)
        hint = 'Close it with ".', 'آن را با " ببندید.'
        if line[0].endswith('\\"'):
            hint = ('Its last " belongs to the text, for \\ stands before it; write \\\\ for a backslash.',
                    'آخرین " پس از \\ آمده و جزو متن است؛ برای خود \\ بنویسید \\\\.')
        elif '"' in line[-1] and len(line) > 1:
            hint = (r"Close it on the same line; a line break in a string is written \n.",
                    r"آن را در همان خط ببندید؛ شکستن خط در رشته \n نوشته می‌شود.")
        return self.fault("the string has no end", "رشته بسته نشده است", *hint)

    def question(self) -> None:
        """The value under test, or a name that begins with the same sign."""
        if not self.declaration():
            self.emit("NAME", *(self.known.longest(self.text, self.position, "?") or ("?", self.position + 1)))

    def declaration(self) -> bool:
        """Whether the text declares a name here, which is then known in what follows."""
        declared, depth = self.declared()
        if declared is None:
            return False
        name = names.normalise(declared.group())
        self.emit("NAME", name, declared.end())
        if depth is None:
            self.everywhere.add(name)
        elif not names.is_plain(name):
            self.scopes.append((depth, self.known))
            self.known = self.known.copy()
            self.known.add(name)
        return True

    def leave(self, depth: int) -> None:
        """Forget variables and parameters whose scope lay inside of more than `depth` brackets."""
        while self.scopes and self.scopes[-1][0] > depth:
            self.known = self.scopes.pop()[1]

    def word(self, word: str) -> None:
        start = self.position
        if self.declaration():
            return
        after_dot = bool(self.tokens) and self.tokens[-1].type == "_DOT"
        found = self.known.longest(self.text, start, word)
        if found and not (found[0] == word and (after_dot or word in KEYWORDS)):
            self.emit("NAME", *found)
        elif after_dot or not self.keyword(word):
            self.unknown(word)

    def keyword(self, word: str) -> bool:
        start = self.position
        if word == "instance" and (match := _INSTANCE_OF.match(self.text, start)):
            self.emit("_INSTANCE_OF", "instance of", match.end())
        elif word in KEYWORDS:
            if word in {"for", "some", "every"}:
                self.iterations.append(len(self.brackets))
            elif word in {"return", "satisfies"} and self.iterations:
                self.iterations.pop()
            self.emit(KEYWORDS[word], word, start + len(word))
        else:
            return False
        return True

    def declared(self) -> tuple[re.Match[str] | None, int | None]:
        """The name that stands here where the text declares one, and how many brackets are around its scope, if any."""
        if self.expects_variable():
            return names.VARIABLE.match(self.text, self.position), len(self.brackets)
        if self.brackets and self.brackets[-1][0] == "function" and self.tokens[-1].type in {"_LPAR", "_COMMA"}:
            return names.PARAMETER.match(self.text, self.position), len(self.brackets) - 1
        return names.KEY.match(self.text, self.position) if self.expects_key() else None, None

    def expects_variable(self) -> bool:
        """Whether a variable of `for`, `some` or `every` stands here, which the word `in` will end."""
        if not self.tokens:
            return False
        before = self.tokens[-1].type
        return before in {"_FOR", "_SOME", "_EVERY"} or (
            before == "_COMMA" and self.iterations[-1:] == [len(self.brackets)])

    def unknown(self, word: str) -> None:
        """Words that no scope knows, up to a keyword, a known name or anything that is no word: one name."""
        end = self.position + len(word)
        while (space := names.SPACES.match(self.text, end)) and (more := names.WORD.match(self.text, space.end())):
            following = more.group()
            if following in KEYWORDS or _INSTANCE_OF.match(self.text, more.start()):
                break
            end = more.end()
        self.emit("NAME", names.normalise(self.text[self.position:end]), end)

    def operator(self, operator: str) -> None:
        kind = OPERATORS[operator]
        end = self.position + len(operator)
        if operator in "([{":
            kind = self.opening(operator)
        elif operator in ")]}":
            kind = self.closing(operator)
        elif operator == "," and self.iterations[-1:] != [len(self.brackets)]:
            self.leave(len(self.brackets) - 1)
        elif operator == ".." and self.brackets:
            self.brackets[-1].append("..")
        elif self.after_operand() and self.text.startswith(_MISTAKEN.get(operator, "\0"), self.position):
            raise self.fault(f"unexpected {_MISTAKEN[operator]!r}", f"{_MISTAKEN[operator]!r} اینجا معنا ندارد",
                             *_MISTAKES[_MISTAKEN[operator]])
        elif operator == "<" and self.tokens[-1:] == ["context"] and _OPENS_TYPE.match(self.text, self.position):
            self.nest("<")
        elif operator == ">" and self.brackets and self.brackets[-1][0] == "<":
            self.brackets.pop()
        self.emit(kind, operator, end)

    def opening(self, char: str) -> str:
        if (char == "[" and self.in_range() and self.after_operand()
                and not _STARTS_OPERAND.match(self.text, self.position + 1)):
            self.close()
            return "_RANGE_CLOSE"
        self.nest("function" if self.tokens and self.tokens[-1].type == "_FUNCTION" else char)
        return OPERATORS[char]

    def closing(self, char: str) -> str:
        if char == "]" and not self.after_operand() and self.opens_range():
            self.nest(char)
            return "_RANGE_OPEN"
        self.close()
        return OPERATORS[char]

    def close(self) -> None:
        if self.brackets:
            self.brackets.pop()
            self.leave(len(self.brackets))

    def opens_range(self) -> bool:
        """`]` where an operand should stand opens a range, but closes an empty list or a list after a comma."""
        if self.tokens and self.tokens[-1].type == "_LSQB":
            return bool(_STARTS_END.match(self.text, self.position + 1))
        return True

    def nest(self, char: str) -> None:
        if len(self.brackets) >= MAX_NESTING:
            raise self.fault(f"brackets are nested deeper than {MAX_NESTING}",
                             f"پرانتزها بیش از {MAX_NESTING} لایه‌اند", *SPLIT)
        self.brackets.append([char])

    def in_range(self) -> bool:
        return bool(self.brackets) and ".." in self.brackets[-1]

    def after_operand(self) -> bool:
        return bool(self.tokens) and self.tokens[-1].type in _ENDS_OPERAND

    def expects_key(self) -> bool:
        """Where a name may be ended by a colon: after `{`, `(` and `context<`, and after a comma inside any."""
        if not self.tokens or not self.brackets:
            return False
        before = self.tokens[-1].type
        return self.brackets[-1][0] in {"{", "(", "<"} and before in {"_LBRACE", "_LPAR", "LT", "_COMMA"}

    def mark_unary(self) -> None:
        """`not(…)` around all the tests, and `-` alone, mean something of their own in unary tests."""
        tokens = self.tokens
        if len(tokens) == 1 and tokens[0].type == "MINUS":
            tokens[0].type = "DASH"
        elif (len(tokens) > 2 and tokens[0] == "not" and tokens[1].type == "_LPAR"
              and _matching(tokens, 1) == len(tokens) - 1):
            tokens[0].type = "NOT"

    def emit(self, kind: str, value: str, end: int) -> None:
        if len(self.tokens) >= MAX_TOKENS:
            raise self.fault(f"the text has more than {MAX_TOKENS} words and signs",
                             f"متن بیش از {MAX_TOKENS} واژه و نشانه دارد", *SPLIT)
        self.tokens.append(Token(kind, value, start_pos=self.position, end_pos=end))
        self.position = end

    def fault(self, message: str, message_fa: str, hint: str, hint_fa: str = "") -> FeelSyntaxError:
        line, column = place(self.text, self.position)
        return FeelSyntaxError(message, message_fa=message_fa, line=line, column=column, hint=hint, hint_fa=hint_fa)


def _matching(tokens: list[Token], start: int) -> int:
    depth = 0
    for index in range(start, len(tokens)):
        if tokens[index].type in {"_LPAR", "_LSQB", "_LBRACE", "_RANGE_OPEN"}:
            depth += 1
        elif tokens[index].type in {"_RPAR", "_RSQB", "_RBRACE", "_RANGE_CLOSE"}:
            depth -= 1
            if depth == 0:
                return index
    return -1


def place(text: str, position: int) -> tuple[int, int]:
    """Line and column, both from 1, of `position` in `text`."""
    before = text[:position]
    return before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1


def unescape(body: str) -> str:
    """The characters that the inside of a string literal stands for (DMN 1.5 §10.3.1.2, rule 64)."""
    if "\\" not in body:
        return body
    replaced = _ESCAPE.sub(_character, body)
    # Two \\u escapes may spell one character beyond the basic plane.
    return replaced.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _character(match: re.Match[str]) -> str:
    code = match.group(1) or match.group(2)
    if code:
        return chr(min(int(code, 16), 0x10FFFF))
    return _ESCAPES.get(match.group(3), match.group())
