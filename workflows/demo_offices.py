"""The offices of the demonstration's province: made up, in the numbers the founding article tells of.

303 urban offices; 417 rural ones, of which 278 have a bank code; 74 cash machines, 56 of them paid by the ministry.
People, companies and villages are invented; identifiers have valid check digits and prefixes that nobody was given.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from datetime import date

from workflows import calendar, identifiers, offices, places
from workflows.office_import import COLUMNS

URBAN, RURAL, RURAL_WITH_BANK_CODE, ATMS, ATMS_BY_MINISTRY = 303, 417, 278, 74, 56
TERM_MONTHS = 60
OF_THE_APPLICANT, MOBILE_OF_THE_APPLICANT = (41, 42), "09141234567"
"""The two offices whose manager is the demonstration's applicant: of one the licence can be renewed, of the other it is
new. And the number he signs in with.
"""
NAME = "دفاتر نمونه"
"""What the history calls the file."""

_COUNTIES: Mapping[str, tuple[int, float, float]] = {
    "urmia": (320, 37.55, 45.07), "oshnavieh": (22, 37.04, 45.10), "bukan": (77, 36.52, 46.21),
    "poldasht": (13, 39.35, 45.07), "piranshahr": (42, 36.70, 45.14), "takab": (25, 36.40, 47.11),
    "chaldoran": (14, 39.07, 44.38), "chaypareh": (14, 38.89, 45.02), "khoy": (107, 38.55, 44.95),
    "salmas": (60, 38.20, 44.77), "sardasht": (36, 36.16, 45.48), "shahin-dezh": (28, 36.68, 46.57),
    "showt": (17, 39.22, 44.77), "maku": (29, 39.29, 44.50), "mahabad": (72, 36.76, 45.72),
    "miandoab": (84, 36.97, 46.11), "naqadeh": (40, 36.96, 45.39),
}
"""County -> its share of the offices, and about where it lies."""

_MEN = ("علی", "رضا", "محمد", "حسین", "امیر", "کریم", "یوسف", "بهروز", "سعید", "ناصر", "جواد", "هادی")
_WOMEN = ("زهرا", "مریم", "فاطمه", "لیلا", "سارا", "نرگس", "شیرین", "پروین", "مینا", "الهام", "سمیه", "ژیلا")
_FAMILIES = ("نمونه‌ای", "آزمونی", "فرضی‌پور", "مثالی", "الگویی", "پنداری", "نمودار", "طرحی", "گمانی", "پیش‌نویس",
             "نشانی", "انگاره", "آزمایشی", "فرضیان", "نمونه‌پور", "مثال‌زاده", "آزمون‌فر")
_COMPANIES = ("پیوند", "آرمان", "سپهر", "رایان", "همراه", "پویا", "سروش", "افق", "مهر", "نگین", "کاوش", "یاران",
              "بهساز")
_TRADES = ("خدمات ارتباطی", "فناوری", "خدمات الکترونیک", "پیشخوان")
_VILLAGES = (*(f"{name}‌آباد" for name in ("علی", "حسن", "حسین", "رستم", "قاسم", "مراد", "یوسف", "سلیم", "کریم", "رحیم",
                                          "جعفر", "صفر", "نظر", "بهرام", "نصرت", "شکر", "امیر", "سعید")),
             "تازه‌کند", "قره‌بلاغ", "گل‌تپه", "آغچه‌قلعه", "چشمه‌سار", "سرخ‌ده", "باغ‌نو", "دره‌سبز")
_PARTS = ("", " علیا", " سفلی", " وسطی", " بالا", " پایین")
_STREETS = ("خیابان امام", "خیابان کاشانی", "خیابان سعدی", "خیابان حافظ", "بلوار آزادی", "خیابان دانشکده")
_URBAN_OFFERINGS = ("POST", "TELECOM", "WATER", "ELECTRICITY", "GAS", "COMMUNICATIONS", "CIVIL_REGISTRATION",
                    "INSURANCE")


def content(today: date) -> bytes:
    """The file of offices for a demonstration that begins today; the same for the same day."""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(COLUMNS), lineterminator="\n")
    writer.writeheader()
    writer.writerows(_rows(today))
    return out.getvalue().encode()


def national_id(number: int) -> str:
    """An invented national ID with a valid check digit."""
    return next(found for last in range(10) if (found := _valid(identifiers.national_id, f"99{number:07}{last}")))


def legal_id(number: int) -> str:
    """An invented legal ID with a valid check digit."""
    body = f"99{number + 100_000:08}"
    return next(found for last in range(10) if (found := _valid(identifiers.legal_id, f"{body}{last}")))


def iban(number: int) -> str:
    """An invented IBAN with valid check digits."""
    account = f"099{number:019}"
    return f"IR{98 - int(account + '182700') % 97:02}{account}"


def _valid(check: Callable[[str], str], text: str) -> str | None:
    try:
        return check(text)
    except identifiers.IdentifierError:
        return None


def _rows(today: date) -> Iterator[dict[str, object]]:
    number = 0
    for county, count in _shares(URBAN).items():
        for place in range(count):
            number += 1
            yield _common(number, county, today) | _urban(number, county, place)
    rural = 0
    for county, count in _shares(RURAL).items():
        for place in range(count):
            number, rural = number + 1, rural + 1
            yield _common(number, county, today) | _rural(number, county, place) | _banking(rural, today)


def _shares(total: int) -> dict[str, int]:
    """`total` offices over the counties by their shares, the largest remainders first."""
    whole = sum(share for share, _, _ in _COUNTIES.values())
    found = {county: total * share // whole for county, (share, _, _) in _COUNTIES.items()}
    rest = sorted(_COUNTIES, key=lambda county: -(total * _COUNTIES[county][0] % whole))
    for county in rest[:total - sum(found.values())]:
        found[county] += 1
    return found


def _common(number: int, county: str, today: date) -> dict[str, object]:
    """What both kinds of office have. A licence is between one and 58 months old, and good for 60."""
    issued = calendar.add_jalali_months(today, -(1 + number * 7 % 58))
    _, latitude, longitude = _COUNTIES[county]
    woman = number % 3 == 0
    names, family = _WOMEN if woman else _MEN, _FAMILIES[number // 5 % len(_FAMILIES)]
    return {
        "issuer": "CRA", "state": "ACTIVE", "county": next(fa for code, fa, _ in offices.COUNTIES if code == county),
        "issued_on": _jalali(issued), "expires_on": _jalali(calendar.add_jalali_months(issued, TERM_MONTHS)),
        "postal_code": f"57{list(_COUNTIES).index(county) + 1:02}{number:06}",
        "latitude": f"{latitude + (number * 37 % 100 - 50) / 1000:.4f}",
        "longitude": f"{longitude + (number * 53 % 100 - 50) / 1000:.4f}",
        "over_60_counter": ("yes", "yes", "no", "")[number % 4], "iban": iban(number), "atms": 0, "atms_by_ministry": 0,
        "manager_national_id": national_id(number), "manager_first_name": names[number % len(names)],
        "manager_last_name": family, "manager_father_name": _MEN[number // 3 % len(_MEN)],
        "manager_birth_date": f"{1345 + number % 35}/{1 + number % 12:02}/{1 + number % 28:02}",
        "manager_gender": "FEMALE" if woman else "MALE", "manager_mobile": _mobile(number),
        "manager_degree": "MASTER" if number % 6 == 0 else "BACHELOR"}


def _mobile(number: int) -> str:
    """An invented number, or the one that the demonstration's applicant signs in with."""
    return MOBILE_OF_THE_APPLICANT if number in OF_THE_APPLICANT else f"0990{number:07}"


def _urban(number: int, county: str, place: int) -> dict[str, object]:
    district, town = _town(county, place)
    company = f"شرکت {_COMPANIES[number % len(_COMPANIES)]} {_TRADES[number // 7 % len(_TRADES)]} {town}"
    return {
        "kind": "URBAN", "licence_number": f"DEMO-U-{number:04}", "district": district, "settlement": town,
        "address": f"{_STREETS[number % len(_STREETS)]}، پلاک {1 + number * 11 % 240}", "area_m2": 50 + number * 3 % 60,
        "tenure": ("LEASE", "OWN", "LEASE", "GOODWILL")[number % 4], "holder_kind": "LEGAL",
        "offerings": "+".join(_URBAN_OFFERINGS[:5 + number % 4]), "holder_id": legal_id(number),
        "holder_name": f"{company} {number}", "registration_number": 1000 + number, "economic_code": legal_id(number)}


def _town(county: str, place: int) -> tuple[str, str]:
    """Two of three offices are in the county's chief town, the others in its towns by turns."""
    towns = [(district[1], town[1]) for district, settled in places.DISTRICTS[county] for town in settled]
    return towns[0] if place % 3 else towns[place // 3 % len(towns)]


def _rural(number: int, county: str, place: int) -> dict[str, object]:
    districts = places.DISTRICTS[county]
    name = _VILLAGES[place % len(_VILLAGES)] + _PARTS[place // len(_VILLAGES) % len(_PARTS)]
    return {
        "kind": "RURAL", "licence_number": f"DEMO-R-{number:04}", "settlement": name, "holder_kind": "NATURAL",
        "district": districts[place % len(districts)][0][1], "address": f"روستای {name}، میدان اصلی",
        "area_m2": 20 + number % 25, "tenure": "OWN" if number % 2 else "LEASE", "holder_id": national_id(number),
        "deputy_national_id": national_id(1000 + number), "deputy_first_name": _WOMEN[number // 2 % len(_WOMEN)],
        "deputy_last_name": _FAMILIES[number // 3 % len(_FAMILIES)], "deputy_gender": "FEMALE",
        "deputy_mobile": f"0991{number:07}", "deputy_degree": "BACHELOR"}


def _banking(rural: int, today: date) -> dict[str, object]:
    """Bank codes and cash machines, spread evenly over the rural offices."""
    before, after = ((place * RURAL_WITH_BANK_CODE) // RURAL for place in (rural - 1, rural))
    if before == after:
        return {"offerings": "POST+TELECOM+BILLS"}
    machines, earlier = ((place * ATMS) // RURAL_WITH_BANK_CODE for place in (after, before))
    has = machines > earlier
    return {"offerings": "POST+POST_BANK+BILLS+LOANS+E_BANKING", "bank_code": f"{40000 + after}",
            "bank_code_since": _jalali(calendar.add_jalali_months(today, -(1 + rural % 12))), "atms": int(has),
            "atms_by_ministry": int(has and machines <= ATMS_BY_MINISTRY)}


def _jalali(day: date) -> str:
    return "{:04}/{:02}/{:02}".format(*calendar.to_jalali(day))

