"""Whether a diagram can go wrong, found before it runs: every state its control flow can come to is looked at.

    verdict = verification.verify(process, known)
    for finding in verdict.findings: ...

Conditions on data are taken as free choices and events from outside as possible at any time, so a finding says what can
happen if data and events fall that way. `Verdict.complete` is False when the states were too many; what was covered
until then is told.
"""

from engine.verification import readiness
from engine.verification.analysis import LIMIT, Finding, OnVerified, Verdict, verify
from engine.verification.report import problems

__all__ = ["LIMIT", "Finding", "OnVerified", "Verdict", "problems", "readiness", "verify"]
