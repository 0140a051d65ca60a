"""Where offices are: the districts and towns of West Azerbaijan, and the villages that offices brought in.

The divisions are those of 1400; the counties stand in `workflows.offices`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.values import new_id
from workflows import identifiers
from workflows.models.county import County
from workflows.models.place import District, Settlement

Named = tuple[str, str, str]
"""Slug, Persian and English name."""

_CENTRAL = ("central", "مرکزی", "Central")

DISTRICTS: Mapping[str, Sequence[tuple[Named, Sequence[Named]]]] = {
    "urmia": ((_CENTRAL, (("urmia", "ارومیه", "Urmia"),)),
              (("anzal", "انزل", "Anzal"), (("qushchi", "قوشچی", "Qushchi"),)),
              (("silvaneh", "سیلوانه", "Silvaneh"), (("silvaneh", "سیلوانه", "Silvaneh"),)),
              (("sumay-baradust", "صومای برادوست", "Sumay-ye Baradust"), (("serow", "سرو", "Serow"),)),
              (("nazlu", "نازلو", "Nazlu"), (("nushin", "نوشین", "Nushin"),))),
    "oshnavieh": ((_CENTRAL, (("oshnavieh", "اشنویه", "Oshnavieh"),)),
                  (("nalus", "نالوس", "Nalus"), (("nalus", "نالوس", "Nalus"),))),
    "bukan": ((_CENTRAL, (("bukan", "بوکان", "Bukan"),)),
              (("simmineh", "سیمینه", "Simmineh"), (("simmineh", "سیمینه", "Simmineh"),))),
    "poldasht": ((_CENTRAL, (("poldasht", "پلدشت", "Poldasht"),)),
                 (("aras", "ارس", "Aras"), (("nazok-olya", "نازک علیا", "Nazok-e Olya"),))),
    "piranshahr": ((_CENTRAL, (("piranshahr", "پیرانشهر", "Piranshahr"),)),
                   (("lajan", "لاجان", "Lajan"), (("lajan", "لاجان", "Lajan"),))),
    "takab": ((_CENTRAL, (("takab", "تکاب", "Takab"),)),
              (("takht-soleyman", "تخت سلیمان", "Takht-e Soleyman"),
               (("tazeh-kand", "تازه‌کند نصرت‌آباد", "Tazeh Kand-e Nosratabad"),))),
    "chaldoran": ((_CENTRAL, (("siah-cheshmeh", "سیه‌چشمه", "Siah Cheshmeh"),)),
                  (("dashtak", "دشتک", "Dashtak"), (("avajiq", "آواجیق", "Avajiq"),))),
    "chaypareh": ((_CENTRAL, (("qarah-ziaeddin", "قره‌ضیاءالدین", "Qarah Zia od Din"),)),
                  (("hajjilar", "حاجیلار", "Hajjilar"), (("hajjilar", "حاجیلار", "Hajjilar"),))),
    "khoy": ((_CENTRAL, (("khoy", "خوی", "Khoy"), ("dizaj-diz", "دیزج‌دیز", "Dizaj Diz"))),
             (("evoghli", "ایواوغلی", "Evoghli"), (("evoghli", "ایواوغلی", "Evoghli"),)),
             (("safayyeh", "صفاییه", "Safayyeh"), (("zarabad", "زرآباد", "Zarabad"),)),
             (("firuraq", "فیرورق", "Firuraq"), (("firuraq", "فیرورق", "Firuraq"),)),
             (("qotur", "قطور", "Qotur"), (("qotur", "قطور", "Qotur"),))),
    "salmas": ((_CENTRAL, (("salmas", "سلماس", "Salmas"), ("tazeh-shahr", "تازه‌شهر", "Tazeh Shahr"))),
               (("kuhsar", "کوهسار", "Kuhsar"), ())),
    "sardasht": ((_CENTRAL, (("sardasht", "سردشت", "Sardasht"), ("rabat", "ربط", "Rabat"))),
                 (("vazineh", "وزینه", "Vazineh"), (("mirabad", "میرآباد", "Mirabad"), ("nalas", "نلاس", "Nalas")))),
    "shahin-dezh": ((_CENTRAL, (("shahin-dezh", "شاهین‌دژ", "Shahin Dezh"), ("mahmudabad", "محمودآباد", "Mahmudabad"))),
                    (("keshavarz", "کشاورز", "Keshavarz"), (("keshavarz", "کشاورز", "Keshavarz"),))),
    "showt": ((_CENTRAL, (("showt", "شوط", "Showt"), ("yowlagaldi", "یولاگلدی", "Yowlagaldi"))),
              (("qarah-quyun", "قره‌قویون", "Qarah Quyun"), (("marganlar", "مرگنلر", "Marganlar"),))),
    "maku": ((_CENTRAL, (("maku", "ماکو", "Maku"),)),
             (("bazargan", "بازرگان", "Bazargan"), (("bazargan", "بازرگان", "Bazargan"),))),
    "mahabad": ((_CENTRAL, (("mahabad", "مهاباد", "Mahabad"), ("gug-tappeh", "گوگ‌تپه", "Gug Tappeh"))),
                (("khalifan", "خلیفان", "Khalifan"), (("khalifan", "خلیفان", "Khalifan"),))),
    "miandoab": ((_CENTRAL, (("miandoab", "میاندوآب", "Miandoab"),)),
                 (("baruq", "باروق", "Baruq"), (("baruq", "باروق", "Baruq"),)),
                 (("marhamatabad", "مرحمت‌آباد", "Marhamatabad"), (("chahar-borj", "چهاربرج", "Chahar Borj"),))),
    "naqadeh": ((_CENTRAL, (("naqadeh", "نقده", "Naqadeh"),)),
                (("mohammadyar", "محمدیار", "Mohammadyar"), (("mohammadyar", "محمدیار", "Mohammadyar"),))),
}
"""County -> its districts, each with its towns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A town or a village."""

    code: str
    county: str
    district: str
    kind: str
    name: str


def district_names(code: str) -> tuple[str, str]:
    """The Persian and English name of a shipped district; of another one its code."""
    county, _, slug = code.partition("/")
    return next(((name, name_en) for (known, name, name_en), _ in DISTRICTS.get(county, ()) if known == slug),
                (code, code))


def key(name: str) -> str:
    """A name as names of places are compared: both spellings of ی and ک, any spacing and ZWNJ are one."""
    return "".join(identifiers.search_key(name).split())


def seed(session: Session) -> None:
    """Write the districts and towns that are not there yet; the counties must be."""
    districts, towns = set(session.scalars(select(District.code))), set(session.scalars(select(Settlement.code)))
    for county, parts in DISTRICTS.items():
        for rank, ((slug, name, name_en), settled) in enumerate(parts):
            code = f"{county}/{slug}"
            if code not in districts:
                session.add(District(code=code, county=county, name=name, name_en=name_en, rank=rank))
            session.add_all(
                Settlement(code=f"{code}/{town}", county=county, district=code, kind="TOWN", name=fa, name_key=key(fa),
                           name_en=en) for town, fa, en in settled if f"{code}/{town}" not in towns)
    session.flush()


def find(session: Session, *, county: str, name: str | None) -> Place | None:
    """The one town or village of a county with this name; None when there is none, or more than one."""
    named = select(Settlement).where(Settlement.county == county, Settlement.name_key == key(name or ""))
    found = session.scalars(named.limit(2)).all()
    return _place(found[0]) if len(found) == 1 else None


class Gazetteer:
    """The whole reference table in memory, for whoever looks up many names."""

    def __init__(self, session: Session) -> None:
        self._counties: dict[str, str] = {}
        for county in session.scalars(select(County)):
            self._counties.update({key(name): county.code for name in (county.code, county.name, county.name_en)})
        self._districts = {(row.county, key(name)): row.code for row in session.scalars(select(District))
                           for name in (row.code, row.name, row.name_en)}
        self._places: dict[tuple[str, str], list[Place]] = {}
        for row in session.scalars(select(Settlement)):
            for name in {row.name_key, key(row.name_en or row.name)}:
                self._places.setdefault((row.county, name), []).append(_place(row))

    def county(self, name: str) -> str | None:
        """The code of a county by its code, Persian or English name."""
        return self._counties.get(key(name).removeprefix(key("شهرستان")))

    def district(self, county: str, name: str) -> str | None:
        """The code of a county's district by its code, Persian or English name."""
        return self._districts.get((county, key(name).removeprefix(key("بخش"))))

    def settlements(self, county: str, name: str, district: str | None = None) -> list[Place]:
        """The towns and villages of a county, or of one district, with this name."""
        plain = key(name)
        found = self._places.get((county, plain)) or self._places.get((county, plain.removeprefix(key("روستای"))), [])
        return [place for place in found if district in (None, place.district)]

    def towns(self, county: str) -> list[str]:
        """The towns of a county."""
        return sorted({place.name for (of, _), places in self._places.items() if of == county
                       for place in places if place.kind == "TOWN"})

    def add_village(self, *, county: str, district: str, name: str) -> Place:
        """Take a village in that the table lacks; whoever writes the register writes it too."""
        place = Place(code=new_id(), county=county, district=district, kind="VILLAGE", name=name)
        self._places.setdefault((county, key(name)), []).append(place)
        return place


def _place(row: Settlement) -> Place:
    return Place(code=row.code, county=row.county, district=row.district, kind=row.kind, name=row.name)
