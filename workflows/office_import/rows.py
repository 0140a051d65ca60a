"""One row of the file, checked: its cells as values, and every fault of it at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.values import Problem
from workflows import identifiers, places
from workflows.identifiers import IdentifierError
from workflows.office_import.columns import COLUMNS, Subject
from workflows.office_import.files import Line

DEFAULT_ISSUER = "CRA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row without faults of its own. A value is None where the file has the column and the cell is empty."""

    line: int
    values: Mapping[str, Any]
    """Column -> value, of the columns that the file has."""
    place: places.Place

    @property
    def key(self) -> tuple[str, str]:
        """What names the licence: its issuer and the issuer's number."""
        return self.values.get("issuer") or DEFAULT_ISSUER, self.values["licence_number"]

    @property
    def holder_id(self) -> str:
        """Legal ID or national ID."""
        return str(self.values["holder_id"])

    def of(self, subject: Subject) -> dict[str, Any]:
        """Attribute -> value, of one subject's columns that the file has."""
        return {column.attribute: self.values[name] for name, column in COLUMNS.items()
                if column.subject == subject and name in self.values}


class Faults:
    """Collects the faults of one row, in the words of its columns."""

    def __init__(self, file: str, line: int) -> None:
        self._file = file
        self._line = line
        self.found: list[Problem] = []

    def add(self, column: str, what: str, what_fa: str, *, code: str = "invalid", warning: bool = False) -> None:
        """Add one; a warning does not keep the row out."""
        self.found.append(Problem(where=column, what=what, what_fa=f"{COLUMNS[column].fa}: {what_fa}", file=self._file,
                                  line=self._line, code=code, severity="warning" if warning else "error"))

    def required(self, column: str) -> None:
        """The cell is empty and may not be."""
        self.add(column, "A value is needed.", "مقداری لازم است.", code="required")

    @property
    def are_errors(self) -> bool:
        """Whether the row stays out."""
        return any(one.severity == "error" for one in self.found)


def check(line: Line, *, file: str, known: places.Gazetteer, today: date) -> tuple[Row | None, list[Problem]]:
    """The row of a line, or None, and everything that is wrong with it."""
    faults = Faults(file, line.number)
    faults.found.extend(line.problems)
    spoilt = {problem.where for problem in line.problems}
    values = dict(_values(line, faults, spoilt))
    _identify(values, faults)
    _person(values, faults, "deputy")
    _agree(values, faults, today)
    place = _place(values, faults, known)
    if place is None or faults.are_errors:
        return None, faults.found
    return Row(line=line.number, values=values, place=place), faults.found


def _values(line: Line, faults: Faults, spoilt: set[str]) -> Iterator[tuple[str, Any]]:
    for name, column in COLUMNS.items():
        if name in spoilt:
            continue
        cell = line.cells.get(name)
        if cell is not None and identifiers.normalise_text(cell):
            try:
                yield name, column.check(cell)
            except IdentifierError as error:
                faults.add(name, error.what, error.what_fa)
        elif column.required:
            faults.required(name)
        elif cell is not None:
            yield name, None


def _identify(values: dict[str, Any], faults: Faults) -> None:
    """Check the holder's identifier by the holder's kind; a person who holds a licence is the manager."""
    kind, identity = values.get("holder_kind"), values.get("holder_id")
    if kind is None or identity is None:
        _person(values, faults, "manager")
        return
    try:
        values["holder_id"] = (identifiers.legal_id if kind == "LEGAL" else identifiers.national_id)(identity)
    except IdentifierError as error:
        faults.add("holder_id", error.what, error.what_fa)
    if kind == "LEGAL":
        if not values.get("holder_name"):
            faults.required("holder_name")
        _person(values, faults, "manager")
        return
    holder = values["holder_id"]
    if not _faulty(faults, "holder_id") and values.get("manager_national_id") not in {None, holder}:
        faults.add("manager_national_id", "The holder is a person, and so the manager.",
                   "دارنده شخص حقیقی است، پس مدیر خود اوست.")
    values["manager_national_id"] = holder
    _person(values, faults, "manager")
    if not values.get("holder_name") and values.get("manager_first_name"):
        values["holder_name"] = f"{values['manager_first_name']} {values.get('manager_last_name') or ''}".strip()


def _person(values: Mapping[str, Any], faults: Faults, who: str) -> None:
    """Whoever is named has an identifier and a name."""
    named = [name for name, value in values.items() if name.startswith(f"{who}_") and value is not None]
    for part in ("national_id", "first_name", "last_name"):
        if named and values.get(f"{who}_{part}") is None and not _faulty(faults, f"{who}_{part}"):
            faults.required(f"{who}_{part}")


def _faulty(faults: Faults, column: str) -> bool:
    return any(one.where == column for one in faults.found)


def _agree(values: Mapping[str, Any], faults: Faults, today: date) -> None:
    """What two cells say together."""
    issued, expires = values.get("issued_on"), values.get("expires_on")
    if issued and issued > today:
        faults.add("issued_on", "The day lies in the future.", "این روز در آینده است.")
    if issued and expires and expires <= issued:
        faults.add("expires_on", "The licence would end before it begins.", "انقضا باید پس از صدور باشد.")
    for one, other in (("latitude", "longitude"), ("longitude", "latitude")):
        if values.get(one) is not None and values.get(other) is None and not _faulty(faults, other):
            faults.required(other)
    if (values.get("atms_by_ministry") or 0) > (values.get("atms") or 0):
        faults.add("atms_by_ministry", "More than there are cash machines.", "بیشتر از شمار خودپردازهاست.")
    if values.get("bank_code_since") and not values.get("bank_code") and not _faulty(faults, "bank_code"):
        faults.required("bank_code")
    deputy = values.get("deputy_national_id")
    if deputy and deputy == values.get("manager_national_id"):
        faults.add("deputy_national_id", "The manager cannot be the deputy as well.", "مدیر نمی‌تواند جانشین خود باشد.")


def _place(values: Mapping[str, Any], faults: Faults, known: places.Gazetteer) -> places.Place | None:
    """The town or village; a village that the reference table lacks is taken in with its district."""
    if not values.get("county"):
        return None
    county = known.county(values["county"])
    if county is None:
        faults.add("county", "The province has no such county.", "استان چنین شهرستانی ندارد.")
        return None
    district = known.district(county, values["district"]) if values.get("district") else None
    if values.get("district") and district is None:
        faults.add("district", "The county has no such district.", "شهرستان چنین بخشی ندارد.")
        return None
    if not values.get("settlement"):
        return None
    found = known.settlements(county, values["settlement"], district)
    if len(found) == 1:
        return found[0]
    return _new_village(values, faults, known, county, district, ambiguous=bool(found))


def _new_village(values: Mapping[str, Any], faults: Faults, known: places.Gazetteer, county: str, district: str | None,
                 *, ambiguous: bool) -> places.Place | None:
    if ambiguous:
        faults.add("district", "The county has several places of this name; name the district.",
                   "در این شهرستان چند جا به این نام هست؛ بخش را بنویسید.", code="required")
    elif values.get("kind") != "RURAL":
        towns, where = "، ".join(known.towns(county)), "the county" if district is None else "the district"
        faults.add("settlement", f"No such town in {where}; the county's towns are: {towns}",
                   f"چنین شهری نیست؛ شهرهای این شهرستان: {towns}")
    elif district is None:
        faults.add("district", "The register does not know this village; name its district.",
                   "دفتر ثبت این روستا را نمی‌شناسد؛ بخش آن را بنویسید.", code="required")
    elif not faults.are_errors:
        name = values["settlement"].removeprefix("روستای ").strip()
        return known.add_village(county=county, district=district, name=name)
    return None
