"""Errors of FEEL texts and evaluations. Each knows where it is (line and column, both from 1) and how to mend it."""

from __future__ import annotations

LONGEST_STEP, LONGEST_PATH = 60, 120
"""Characters of a key in the path to a value, and of the path in a message."""


class FeelError(Exception):
    """A FEEL text cannot be compiled or evaluated."""

    def __init__(self, message: str, *, message_fa: str = "", line: int = 1, column: int = 1, hint: str = "",
                 hint_fa: str = "") -> None:
        self.message = message
        self.message_fa = message_fa or message
        self.line = line
        self.column = column
        self.hint = hint
        self.hint_fa = hint_fa or hint
        super().__init__(f"{message} (line {line}, column {column})")


class FeelSyntaxError(FeelError):
    """The text is not FEEL (DMN 1.5 §10.3.1.2), or is longer or deeper than allowed."""


class FeelUnsupported(FeelError):
    """The text is FEEL, but uses a construct that this implementation refuses; `construct` names it."""

    def __init__(self, construct: str, *, line: int = 1, column: int = 1, hint: str = "", hint_fa: str = "") -> None:
        self.construct = construct
        super().__init__(f"{construct} is not supported", message_fa=f"{construct} پشتیبانی نمی‌شود",
                         line=line, column=column, hint=hint, hint_fa=hint_fa)


class FeelBudgetExceeded(FeelError):
    """An evaluation needed more steps, depth, output or time than allowed; `resource` says which."""

    def __init__(self, resource: str) -> None:
        self.resource = resource
        super().__init__(f"the evaluation exceeds its budget of {resource}",
                         message_fa="ارزیابی عبارت از سقف مجاز گذشت",
                         hint="Make the expression smaller, or iterate over fewer values.",
                         hint_fa="عبارت را کوچک‌تر کنید یا روی مقدارهای کمتری تکرار کنید.")


class FeelTypeError(FeelError, TypeError):
    """A value that a caller hands in is none that FEEL has; `path` says which part of it, as in `rows[2].price`.

    It is found before anything is evaluated, so there is no line and no column.
    """

    def __init__(self, what: str, what_fa: str, *, path: str = "") -> None:
        self.what, self.what_fa, self.path = what, what_fa, path
        shown = path.lstrip(".")
        place = f"{shown[:LONGEST_PATH]}{'…' if len(shown) > LONGEST_PATH else ''}: " if path else ""
        super().__init__(place + what, message_fa=place + what_fa,
                         hint="Give text, numbers, booleans, dates, times, durations, lists and mappings.",
                         hint_fa="متن، عدد، درست و نادرست، تاریخ، ساعت، مدت، فهرست یا نگاشت بدهید.")
        self.args = (self.message,)

    def within(self, step: str) -> FeelTypeError:
        """The same fault seen from what is around it; `step` is `.key` or `[position]`."""
        short = step if len(step) <= LONGEST_STEP else step[:LONGEST_STEP] + "…"
        return FeelTypeError(self.what, self.what_fa, path=short + self.path)
