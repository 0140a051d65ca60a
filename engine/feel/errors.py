"""Errors of FEEL texts and evaluations. Each knows where it is (line and column, both from 1) and how to mend it."""

from __future__ import annotations


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
