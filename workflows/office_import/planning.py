"""What a file would change: its rows compared with each other and with the register. Nothing is written here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from engine.values import Problem
from workflows import calendar, licences, places
from workflows.office_import import present, rows
from workflows.office_import.columns import COLUMNS, Subject
from workflows.office_import.files import Sheet
from workflows.office_import.rows import Faults, Row
from workflows.register_changes import Changes, differences

Outcome = Literal["NEW", "CHANGED", "UNCHANGED"]
_OF_HOLDER: frozenset[Subject] = frozenset({"holder", "manager", "deputy"})
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One good row: what is there already, and what the row changes of it."""

    row: Row
    entry: present.Entry | None
    """The licence in the register with its office and holder."""
    holder: present.HeldBy | None
    """The holder the row names, when the register knows him."""
    office_changes: Changes = field(default_factory=dict)
    holder_changes: Changes = field(default_factory=dict)

    @property
    def outcome(self) -> Outcome:
        """What the row does to the register."""
        if self.entry is None:
            return "NEW"
        return "CHANGED" if self.office_changes or self.holder_changes else "UNCHANGED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a file would do."""

    file: str
    planned: Sequence[Planned]
    problems: Sequence[Problem]
    bad: int
    """Rows that stay out."""
    villages: Sequence[places.Place]
    """Villages that the reference table would gain."""

    def count(self, outcome: Outcome) -> int:
        """How many rows do this."""
        return sum(one.outcome == outcome for one in self.planned)


def plan(session: Session, sheet: Sheet, *, now: datetime, progress: Progress = lambda *_: None) -> Plan:
    """Check every row and compare it with the register; in a transaction that may write, since it locks licences."""
    known, today = places.Gazetteer(session), calendar.today(now)
    good: list[Row] = []
    problems: list[Problem] = []
    total = len(sheet.lines)
    for count, line in enumerate(sheet.lines, start=1):
        row, found = rows.check(line, file=sheet.name, known=known, today=today)
        problems += found
        good += [row] if row else []
        progress("checked / بررسی", count, total)
    register = present.load(session, good)
    doubles = _Doubles(register)
    planned: list[Planned] = []
    for count, row in enumerate(good, start=1):
        faults = Faults(sheet.name, row.line)
        doubles.check(row, faults)
        one = _planned(row, register, faults)
        problems += faults.found
        planned += [] if faults.are_errors else [one]
        progress("compared / سنجش", count, len(good))
    villages = {one.row.place.code: one.row.place for one in planned if one.row.place.code not in register.settlements}
    return Plan(file=sheet.name, planned=planned, villages=list(villages.values()), bad=total - len(planned),
                problems=sorted(problems, key=lambda one: one.line or 0))


def _planned(row: Row, register: present.Register, faults: Faults) -> Planned:
    entry, holder = register.entries.get(row.key), register.holders.get(row.holder_id)
    office, licence = row.of("office"), row.of("licence")
    office |= {"county": row.place.county, "district": row.place.district, "settlement": row.place.name,
               "settlement_code": row.place.code}
    for counted in {"atms", "atms_by_ministry"} & office.keys():
        office[counted] = office[counted] or 0
    if "offerings" in office:
        office["offerings"] = office["offerings"] or frozenset()
    licence.pop("issuer", None)
    if not licence.get("state"):
        licence.pop("state", None)
    if entry is None:
        return Planned(row=row, entry=None, holder=holder, holder_changes=_holder_changes(row, holder))
    _check_state(licence, entry, faults)
    if office["kind"] != entry.office.kind:
        faults.add("kind", "The register has this licence for an office of the other kind.",
                   "این پروانه در دفتر ثبت برای نوع دیگری از دفتر است.", code="conflict")
    changes = differences(entry.office_values(), office) | differences(entry.licence_values(), licence)
    changes |= differences(entry.bank_values(), _bank(row)) | differences(
        {"holder": entry.holder.identity}, {"holder": row.holder_id})
    return Planned(row=row, entry=entry, holder=holder, office_changes=changes,
                   holder_changes=_holder_changes(row, holder))


def _check_state(licence: Mapping[str, Any], entry: present.Entry, faults: Faults) -> None:
    """The state a file gives must be one that the licence's present state can become."""
    state = licence.get("state")
    if state and state != entry.licence.state and state not in licences.CHANGES.get(entry.licence.state, frozenset()):
        faults.add("state", f"A licence that is {entry.licence.state} cannot become {state}.",
                   f"پروانه‌ای که وضعیت آن {entry.licence.state} است نمی‌تواند {state} شود.", code="conflict")


def _bank(row: Row) -> dict[str, Any]:
    """The bank code, under names of their own; the day only where the file has it."""
    said = row.of("bank")
    if "code" not in said or not said["code"]:
        said.pop("assigned_on", None)
    return {f"bank_{name}": value for name, value in said.items()}


def _holder_changes(row: Row, holder: present.HeldBy | None) -> Changes:
    """What the row changes of a holder whom the register knows, his manager and his deputy."""
    if holder is None:
        return {}
    found = differences(holder.values(), row.of("holder"))
    people: tuple[Subject, Subject] = ("manager", "deputy")
    for who in people:
        wanted = row.of(who)
        if wanted:
            before = holder.person_values(who)
            found |= {f"{who}_{name}": change for name, change in differences(before, wanted).items()}
    return found


class _Doubles:
    """What no two offices share, inside the file and against the register."""

    def __init__(self, register: present.Register) -> None:
        self._register = register
        self._lines: dict[tuple[str, ...], int] = {}
        self._said: dict[tuple[str, str], tuple[int, Any]] = {}

    def check(self, row: Row, faults: Faults) -> None:
        """Tell of every double of a row."""
        entry, values = self._register.entries.get(row.key), row.values
        self._once(faults, "licence_number", row, *row.key)
        if code := values.get("bank_code"):
            self._once(faults, "bank_code", row, code)
            taken = self._register.bank_codes.get(code)
            if taken is not None and (entry is None or taken.office_id != entry.office.id):
                self._taken(faults, "bank_code")
        if unique := values.get("national_licence_id"):
            self._once(faults, "national_licence_id", row, unique)
            if self._register.national_ids.get(unique) not in {None, entry.licence.id if entry else None}:
                self._taken(faults, "national_licence_id")
        self._postal_code(row, faults, entry)
        self._one_holder(row, faults)

    def _once(self, faults: Faults, column: str, row: Row, *value: str) -> None:
        first = self._lines.setdefault((column, *value), row.line)
        if first != row.line:
            faults.add(column, f"The same as in line {first}.",
                       f"همان مقدار خط {calendar.to_persian_digits(str(first))} است.", code="double")

    def _taken(self, faults: Faults, column: str) -> None:
        faults.add(column, "It stands in the register for another office.", "در دفتر ثبت از آنِ دفتر دیگری است.",
                   code="taken")

    def _postal_code(self, row: Row, faults: Faults, entry: present.Entry | None) -> None:
        """Two offices may share a building: this is told, and keeps nothing out."""
        code = row.values["postal_code"]
        first = self._lines.setdefault(("postal_code", code), row.line)
        others = self._register.postal_codes.get(code, set()) - ({entry.office.id} if entry else set())
        if first != row.line or others:
            faults.add("postal_code", "Another office has the same postal code.", "دفتر دیگری همین کد پستی را دارد.",
                       code="double", warning=True)

    def _one_holder(self, row: Row, faults: Faults) -> None:
        """What the file says of a holder in one row it does not gainsay in another."""
        for name, column in COLUMNS.items():
            if column.subject in _OF_HOLDER and name in row.values:
                value = row.values[name]
                first, said = self._said.setdefault((row.holder_id, name), (row.line, value))
                if said != value:
                    faults.add(name, f"Line {first} says another thing of the same holder.",
                               f"خط {calendar.to_persian_digits(str(first))} درباره همین دارنده چیز دیگری می‌گوید.",
                               code="contradiction")
