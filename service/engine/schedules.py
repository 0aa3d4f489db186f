"""Derivations of dates: periods, and days that a table of laws sets. See `derivations` for their shape."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from service.engine import days
from service.engine.days import add_months, moved, whole_months
from service.engine.values import Reader, Readers
from service.policy.facts import Duration, Fact
from service.policy.tables import Delay, Law, Table


def date_plus(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
    """A date a duration later."""
    of = reader(arguments["of"])
    duration: Duration = arguments["plus"]

    def compute(frame: Any) -> Any:
        date = of(frame)
        return None if date is None else moved(date, duration)

    return compute


def between(measure: Callable[[int, int], int]) -> Callable[[dict[str, Any], Readers, Fact], Reader]:
    """A count of something between two dates; it grows with the second date and falls with the first."""

    def made(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
        start, end = reader(arguments["from"]), reader(arguments["to"])

        def compute(frame: Any) -> Any:
            first, last = start(frame), end(frame)
            if first is None or last is None:
                return None
            return measure(first[1], last[0]), measure(first[0], last[1])

        return compute

    return made


def whole_years(start: int, end: int) -> int:
    """Whole years from one ordinal day to another, negative where the end comes first."""
    months = whole_months(start, end)
    return months // 12 if months >= 0 else -(-months // 12)


def year_of(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
    """The calendar year of a date."""
    of = reader(arguments["of"])

    def compute(frame: Any) -> Any:
        date = of(frame)
        return None if date is None else tuple(dt.date.fromordinal(day).year for day in date)

    return compute


def day_of(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
    """The calendar day of a moment."""
    of = reader(arguments["of"])

    def compute(frame: Any) -> Any:
        moment = of(frame)
        return None if moment is None else days.day_of(moment)

    return compute


def _law_on(laws: tuple[Law, ...], which: str) -> Callable[[int], Law]:
    """The finder of the law in force (or the newest promulgated) on a day; before the first, the first."""
    starts = [((law.in_force if which == "in_force" else law.promulgated).toordinal(), law) for law in laws]
    starts.reverse()

    def law_on(day: int) -> Law:
        for start, law in starts:
            if start <= day:
                return law
        return laws[0]

    return law_on


def scheduled_date(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
    """The day a person of a category reaches the age of a law (全国人大常委会2024-09-13决定附件 第一条).

    Bounds over every birth date, category and law that may apply.
    """
    birth, category, on = reader(arguments["birth"]), reader(arguments["category"]), reader(arguments["on"])
    table: Table = arguments["table"]
    law_on = _law_on(table.laws, arguments["law"])
    every = tuple(dict.fromkeys(code for law in table.laws for code in law.rules))

    def compute(frame: Any) -> Any:
        born, codes, day = birth(frame), category(frame), on(frame)
        if born is None or day is None:
            return None
        if codes is None:
            codes = every
        elif isinstance(codes, str):
            codes = (codes,)
        first, last = law_on(day[0]), law_on(day[1])
        laws = (first,) if first is last else (first, last)
        moments = born if born[0] != born[1] else born[:1]
        dates = []
        for law in laws:
            for code in codes:
                for moment in moments:
                    # Readings of the law often come to the same law; one calculation serves them.
                    key = (law.id, code, moment)
                    if key not in frame.memo and code in law.rules:
                        frame.memo[key] = _scheduled(law, code, moment)
                    if key in frame.memo:
                        dates.append(frame.memo[key])
        return (min(dates), max(dates)) if dates else None

    return compute


def _scheduled(law: Law, category: str, born: int) -> int:
    rule = law.rules[category]
    return add_months(born, rule.age if rule.delay is None else rule.age + _delay(rule.delay, born, rule.age))


def _delay(delay: Delay, born: int, age: int) -> int:
    """Months of delay, by the month of the original retirement; the first `every` months are delayed once already."""
    date = dt.date.fromordinal(born)
    months = (date.year - delay.start.year) * 12 + date.month - delay.start.month + age
    return 0 if months < 0 else min((months // delay.every + 1) * delay.by, delay.at_most)


def law_name(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
    """The title of the law of a table on a day."""
    on = reader(arguments["on"])
    table: Table = arguments["table"]
    law_on = _law_on(table.laws, arguments["law"])

    def compute(frame: Any) -> Any:
        day = on(frame)
        return None if day is None else law_on(day[0]).title

    return compute
