"""The date grammar: what is a calendar expression, where it begins and ends, and what EDTF value it has."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimstake.grammar.date_calendar import parse_point
from claimstake.grammar.dates import find_dates, implied_anchor, resolve
from claimstake.records import EDTF_PATTERN

PUBLISHED = "2025-07-16"  # a Wednesday


def surfaces(text: str) -> list[str]:
    """The expressions found in the prose of a text."""
    return [d.text for d in find_dates(text) if d.metadata is None]


def value(text: str, published: str | None, tense: str | None) -> str | None:
    """The value of the only expression of a text."""
    (found,) = find_dates(text)
    return resolve(found, published=published, tense=tense)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The list took effect on July 15, 2025, in Beijing.", [("July 15, 2025", "2025-07-15")]),
        ("The list took effect on July 15 in Beijing.", [("July 15", "2025-07-15")]),
        ("effective 15 July 2025 for all", [("15 July 2025", "2025-07-15")]),
        ("on the 15th of July it lapsed", [("15th of July", "2025-07-15")]),
        ("on Jul. 15 it lapsed", [("Jul. 15", "2025-07-15")]),
        ("on June 9th, 2025, a swap", [("June 9th, 2025", "2025-06-09")]),
        ("87 entries on Nov. 14, 2022, and", [("Nov. 14, 2022", "2022-11-14")]),
        ("from 18 August 2026 batteries", [("18 August 2026", "2026-08-18")]),
        ("dated 2025-07-15 in Brussels", [("2025-07-15", "2025-07-15")]),
        ("dated 2025/07/15 in Brussels", [("2025/07/15", "2025-07-15")]),
        ("filed 01/06/2025 with the court", [("01/06/2025", "2025-01-06")]),
        ("filed 23/06/2025 with the court", [("23/06/2025", "2025-06-23")]),
        ("filed 06/23/25 with the court", [("06/23/25", "2025-06-23")]),
        ("signed 6.1.2025 in Bonn", [("6.1.2025", "2025-01-06")]),
        ("shipped 15-Jul-2025 by sea", [("15-Jul-2025", "2025-07-15")]),
        ("on the first of March 2025 they met", [("first of March 2025", "2025-03-01")]),
        ("on Thursday, January 2, 2025, it said", [("Thursday, January 2, 2025", "2025-01-02")]),
        ("on Thursday, January 2, it said", [("Thursday, January 2", "2025-01-02")]),
        ("in December 2024 it banned", [("December 2024", "2024-12")]),
        ("in Sept. 2024 it banned", [("Sept. 2024", "2024-09")]),
        ("in September of 2024 it banned", [("September of 2024", "2024-09")]),
        ("in September, 2024 it banned", [("September, 2024", "2024-09")]),
        ("in Dec '24 it banned", [("Dec '24", "2024-12")]),
        ("in 2025-07 it banned", [("2025-07", "2025-07")]),
        ("in January it banned", [("January", "2025-01")]),
        ("in December of last year", [("December of last year", "2024-12")]),
        ("in January this year", [("January this year", "2025-01")]),
        ("last August it banned", [("last August", "2024-08")]),
        ("by next March it must", [("next March", "2026-03")]),
        ("in 2023 it banned", [("2023", "2023")]),
        ("since 1993 it has", [("1993", "1993")]),
        ("by 2030 it must", [("2030", "2030")]),
        ("in the year 2024 it banned", [("year 2024", "2024")]),
        ("tightened in 2024–25 with more", [("2024–25", "2024/2025")]),
        ("tightened in 2024-2025 with more", [("2024-2025", "2024/2025")]),
        ("in the 2024/25 season", [("2024/25", "2024/2025")]),
        ("between 2022 and 2030, capacity", [("2022 and 2030", "2022/2030")]),
        ("grew from 2023 to 2025 by half", [("2023 to 2025", "2023/2025")]),
        ("for years 2027 through 2032", [("years 2027 through 2032", "2027/2032")]),
        ("from January to March 2025 it fell", [("January to March 2025", "2025-01/2025-03")]),
        ("from November to February 2025 it fell", [("November to February 2025", "2024-11/2025-02")]),
        ("January–March 2025 output", [("January–March 2025", "2025-01/2025-03")]),
        ("the fair of May 19–20, 2026, in", [("May 19–20, 2026", "2026-05-19/2026-05-20")]),
        ("from 18 to 20 June 2025 in", [("18 to 20 June 2025", "2025-06-18/2025-06-20")]),
        ("from the 18th to the 20th of June 2025", [("18th to the 20th of June 2025", "2025-06-18/2025-06-20")]),
        (
            "between July 1, 2024, and June 30, 2025, exports",
            [("July 1, 2024, and June 30, 2025", "2024-07-01/2025-06-30")],
        ),
        ("from March 3 through April 5, 2025", [("March 3 through April 5, 2025", "2025-03-03/2025-04-05")]),
        ("from 2007 to the end of 2008", [("2007 to the end of 2008", "2007/2008-12-31")]),
        ("in the first quarter of 2026 it opens", [("first quarter of 2026", "2026-01/2026-03")]),
        ("reported Q1 2025 results", [("Q1 2025", "2025-01/2025-03")]),
        ("approvals in Q2 are due", [("Q2", "2025-04/2025-06")]),
        ("sales in 3Q24 rose", [("3Q24", "2024-07/2024-09")]),
        ("sales in 3Q 2024 rose", [("3Q 2024", "2024-07/2024-09")]),
        ("sales in Q3'24 rose", [("Q3'24", "2024-07/2024-09")]),
        ("sales in the 4th quarter 2024 rose", [("4th quarter 2024", "2024-10/2024-12")]),
        ("third-quarter 2024 sales rose", [("third-quarter 2024", "2024-07/2024-09")]),
        ("in the last quarter of 2023", [("last quarter of 2023", "2023-10/2023-12")]),
        ("in the September quarter 2024", [("September quarter 2024", "2024-07/2024-09")]),
        ("in the first half of 2025", [("first half of 2025", "2025-01/2025-06")]),
        ("in H2 2024 it rose", [("H2 2024", "2024-07/2024-12")]),
        ("in 1H25 it rose", [("1H25", "2025-01/2025-06")]),
        ("in the second half of last year", [("second half of last year", "2024-07/2024-12")]),
        ("in the first nine months of 2024", [("first nine months of 2024", "2024-01/2024-09")]),
        ("in the first five months of this year", [("first five months of this year", "2025-01/2025-05")]),
        ("the FY2025 budget", [("FY2025", "2025")]),
        ("in FY 2024-25 output", [("FY 2024-25", "2024/2025")]),
        ("in fiscal 2025 output", [("fiscal 2025", "2025")]),
        ("in fiscal year 2024-25 output", [("fiscal year 2024-25", "2024/2025")]),
        ("in the third quarter of fiscal 2025", [("third quarter of fiscal 2025", "2025-07/2025-09")]),
        ("in spring 2024 it opened", [("spring 2024", "2024-03/2024-05")]),
        ("in the fall of 2024 it opened", [("fall of 2024", "2024-09/2024-11")]),
        ("this summer it opened", [("this summer", "2025-06/2025-08")]),
        ("last winter it opened", [("last winter", "2024-12/2025-02")]),
        ("mined in the 1990s and since", [("1990s", "199X")]),
        ("mined in the early 2000s and since", [("early 2000s", "200X")]),
        ("mined in the ’80s and since", [("’80s", "198X")]),
        ("by the end of the decade it will", [("end of the decade", "202X")]),
        ("Last month it banned exports", [("Last month", "2025-06")]),
        ("last year it banned exports", [("last year", "2024")]),
        ("last week it banned exports", [("last week", "2025-07-07/2025-07-13")]),
        ("this year it bans exports", [("this year", "2025")]),
        ("next quarter it opens", [("next quarter", "2025-10/2025-12")]),
        ("earlier this year it banned", [("earlier this year", "2025")]),
        ("Earlier this month, it banned", [("Earlier this month", "2025-07")]),
        ("later this month it opens", [("later this month", "2025-07")]),
        ("early next year it opens", [("early next year", "2026")]),
        ("late last month it opened", [("late last month", "2025-06")]),
        ("it was announced yesterday in Seoul", [("yesterday", "2025-07-15")]),
        ("it opens tomorrow in Seoul", [("tomorrow", "2025-07-17")]),
        ("the day after tomorrow", [("day after tomorrow", "2025-07-18")]),
        ("the firm announced today that", [("today", "2025-07-16")]),
        ("on Thursday it said", [("Thursday", "2025-07-10")]),
        ("Tuesday's vote", [("Tuesday", "2025-07-15")]),
        ("last Thursday it said", [("last Thursday", "2025-07-10")]),
        ("next Monday it votes", [("next Monday", "2025-07-21")]),
        ("this past Monday it voted", [("this past Monday", "2025-07-14")]),
        ("on Tuesday of next week it votes", [("Tuesday of next week", "2025-07-22")]),
        ("late Thursday evening it said", [("late Thursday evening", "2025-07-10")]),
        ("over the weekend it said", [("weekend", "2025-07-12/2025-07-13")]),
        ("by the end of 2026 it must", [("end of 2026", "2026-12-31")]),
        ("at the start of May it rose", [("start of May", "2025-05")]),
        ("in early 2025 it rose", [("early 2025", "2025")]),
        ("in mid-2024 it rose", [("mid-2024", "2024-06")]),
        ("in mid- to late 2024 it rose", [("late 2024", "2024")]),
        ("in late March it rose", [("late March", "2025-03")]),
        ("in the last week of June it rose", [("last week of June", "2025-06")]),
        ("by the end of the year it opens", [("end of the year", "2025-12-31")]),
        ("by year-end it opens", [("year-end", "2025-12")]),
        ("by year-end 2026 it opens", [("year-end 2026", "2026-12")]),
        ("by end-2026 it opens", [("end-2026", "2026-12")]),
        ("two weeks ago it said", [("two weeks ago", "2025-07-02")]),
        ("three months ago it said", [("three months ago", "2025-04")]),
        ("three years ago it said", [("three years ago", "2022")]),
        ("a decade ago it said", [("a decade ago", "2015")]),
        ("in the week ending July 11, 2025", [("week ending July 11, 2025", "2025-07-05/2025-07-11")]),
        ("in the week of July 7, 2025", [("week of July 7, 2025", "2025-07-07/2025-07-13")]),
        ("on the first Monday of September 2025", [("first Monday of September 2025", "2025-09-01")]),
        ("on the last Friday in May 2025", [("last Friday in May 2025", "2025-05-30")]),
        ("on the 20th of next month it opens", [("20th of next month", "2025-08-20")]),
        ("its 2025 budget rose", [("2025", "2025")]),
        ("the October 7, 2022, rule", [("October 7, 2022", "2022-10-07")]),
        ("The 2022 rule", [("2022", "2022")]),
        ("Acme Announces 2025 Budget", [("2025", "2025")]),
        ("July\n15, 2025", [("July\n15, 2025", "2025-07-15")]),
        ("JULY 15, 2025 was the day", [("JULY 15, 2025", "2025-07-15")]),
    ],
)
def test_span_and_value(text, expected):
    """The whole expression without preposition and article is found, and has the value that its words say."""
    found = [(d.text, resolve(d, published=PUBLISHED)) for d in find_dates(text)]
    assert found == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on September 3, 2025, and on September 4, 2025, to hear", ["2025-09-03", "2025-09-04"]),
        ("in October 2023 and once again in December 2024.", ["2023-10", "2024-12"]),
        ("in January and March 2025", ["2025-01", "2025-03"]),
        ("in December and January 2025", ["2024-12", "2025-01"]),
        ("in 2023, 2024 and 2025", ["2023", "2024", "2025"]),
        ("in Q1 and Q2 2025", ["2025-01/2025-03", "2025-04/2025-06"]),
        ("postponed from July 15, 2025, to August 1, 2025", ["2025-07-15", "2025-08-01"]),
        ("in December 2024 and, earlier that year, in May", ["2024-12", "2024", "2025-05"]),
        ("In October 2022 it began. The following year it grew.", ["2022-10", "2023"]),
        ("On May 2, 2024 it fell. The next day it rose.", ["2024-05-02", "2024-05-03"]),
        ("In March 2022 it fell. That December it rose.", ["2022-03", "2022-12"]),
        ("On May 2, 2024 it fell; the same month it rose.", ["2024-05-02", "2024-05"]),
        ("It opened in 2019. Two years later it closed.", ["2019", "2021"]),
    ],
)
def test_values_in_order(text, expected):
    """Coordinated dates are mentions of their own, and later ones may count from earlier ones."""
    context = []
    for expression in find_dates(text):
        context.append(resolve(expression, published=PUBLISHED, context=context))
    assert context == expected


@pytest.mark.parametrize(
    "text",
    [
        "within 60 days of the notice",
        "for five years and two months",
        "a 45-year-old miner aged 45",
        "now, recently and currently",
        "at 5 p.m. and at 17:30",
        "every Monday and each January",
        "reports are monthly, due by 31 December of each year",
        "over the past decade",
        "in the past year and the coming months",
        "over the next decade",
        "in recent weeks and for years to come",
        "prices may rise; they march on",
        "May I ask",
        "the Sun sat still",
        "sold 2,025 cars for $2000",
        "sold 2025 units at 2024 tonnes",
        "1900 people and 2000 mAh/g",
        "under ISO 14067:2018",
        "Regulation (EU) 2023/1542",
        "Announcement No. 2024 and Section 2011",
        "document 2023-23055",
        "see https://example.org/2024/05/06/the-rule-2025",
        "10 CFR 2000 to 2010 FR",
        "at MINEXPO 2024 in Nevada",
        "in today's market",
        "Today, China refines most gallium.",
        "on Black Friday",
        "on a Saturday",
        "rules that fall under the act",
        "in the second half of the game",
        "burns H2 in a turbine",
        "by Christmas",
        "the Inflation Reduction Act of 2022",
        "A4 paper, 24/7, 1/2 cup, 3.5.1",
        "quarter-over-quarter and year-on-year",
        "a quarter of the firms; half a dozen",
        "on 31/31/2025",
        "April Lee, an analyst",
        "used today in magnets",
        "the end of the road",
        "same-day delivery",
        "20250715",
        "version 2024.1",
        "in the 15th century",
    ],
)
def test_not_a_date(text):
    """Durations, ages, clock times, recurring dates, counts, codes, names and other words are left alone."""
    assert surfaces(text) == []


@pytest.mark.parametrize(
    ("text", "published", "tense", "expected"),
    [
        ("until Feb. 1", "2025-01-06", None, "2025-02-01"),
        ("until Feb. 1", "2025-01-06", "past", "2025-02-01"),
        ("on Thursday", "2025-01-03", "past", "2025-01-02"),
        ("on Friday", "2025-01-03", "past", "2025-01-03"),
        ("on Thursday", "2025-01-03", "future", "2025-01-09"),
        ("by Thursday", "2025-01-03", None, "2025-01-09"),
        ("in January", "2025-07", "past", "2025-01"),
        ("in January", "2025-07", "future", "2026-01"),
        ("in April", "2025-05-14", "past", "2025-04"),
        ("in May", "2025-05-14", "past", "2025-05"),
        ("in November", "2025-01-03", "past", "2024-11"),
        ("in December", "2025-01-03", None, "2024-12"),
        ("in February", "2025-01-03", "future", "2025-02"),
        ("starting November 1", "2025-10-22", "past", "2025-11-01"),
        ("effective July 15", "2025-07-16", None, "2025-07-15"),
        ("since March 1", "2025-02-01", None, "2024-03-01"),
        ("on July 17", "2025-07-16", "past", "2025-07-17"),
        ("on December 31", "2025-01-02", "past", "2024-12-31"),
        ("on July 15", "2025", None, "2025-07-15"),
        ("on July 15", None, None, "XXXX-07-15"),
        ("in January", None, None, "XXXX-01"),
        ("in Q2", None, None, "XXXX-04/XXXX-06"),
        ("on Thursday", "2025-07", None, "2025-07-XX"),
        ("on Thursday", "2025", None, None),
        ("last month", "2025-01", None, "2024-12"),
        ("last month", "2025", None, None),
        ("last year", "2025", None, "2024"),
        ("last year", None, None, None),
        ("yesterday", "2025-01-01", None, "2024-12-31"),
        ("yesterday", "2025-01", None, "2025-01-XX"),
        ("in the fourth quarter", "2025-02-20", "past", "2024-10/2024-12"),
        ("in the fourth quarter", "2025-02-20", "future", "2025-10/2025-12"),
        ("on Saturday, February 29", "2025-07-16", None, "2020-02-29"),
        ("in 2023", "nonsense", None, "2023"),
        ("on July 15", "nonsense", None, "XXXX-07-15"),
        ("on January 15", "2025-02-31", None, "2025-01-15"),
        ("that year", "2025-07-16", None, None),
        ("a year earlier", "2025-07-16", None, "2024"),
        ("ten decades ago", "0050", None, None),
    ],
)
def test_resolution(text, published, tense, expected):
    """A date without a year is the nearest that fits the tense; nothing is filled in where nothing is known."""
    assert value(text, published, tense) == expected


def test_quoted_today_is_the_day_of_the_event():
    """ "Today" inside quotation marks is the day named just before, not the day of publication."""
    text = "It opened on Tuesday. “Today marks a start,” he said."
    first, second = find_dates(text)
    tuesday = resolve(first, published="2025-10-23")
    assert tuesday == "2025-10-21"
    assert resolve(second, published="2025-10-23", context=[tuesday]) == "2025-10-21"


@pytest.mark.parametrize(
    ("country", "text", "expected"),
    [
        ("united-states", "in FY2025", "2024-10/2025-09"),
        ("japan", "in FY2025", "2025-04/2026-03"),
        ("india", "in fiscal 2025", "2024-04/2025-03"),
        ("united-states", "in the first quarter of fiscal 2025", "2024-10/2024-12"),
        ("china", "in FY2025", "2025"),
        ("atlantis", "in FY2025", "2025"),
        (None, "in FY2025", "2025"),
    ],
)
def test_fiscal_year_follows_the_country(country, text, expected):
    """A fiscal year becomes an interval only where the country whose convention holds is given."""
    (found,) = find_dates(text)
    assert resolve(found, published=PUBLISHED, fiscal_country=country) == expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("VANCOUVER, BRITISH COLUMBIA - November 13, 2025 (NEWMEDIAWIRE) - The miner", "dateline"),
        ("WASHINGTON, July 15 (Reuters) - The ministry", "dateline"),
        ("BEIJING, Jan. 3 -- The ministry", "dateline"),
        ("LONDON — July 15, 2025 — The miner", "dateline"),
        ("TORONTO, Oct. 14, 2025 /CNW/ - The miner", "dateline"),
        ("Vancouver, British Columbia--(Newsfile Corp. - October 14, 2025) - The miner", "dateline"),
        ("Oslo, Norway – March 3, 2026\n\nThe miner", "stamp"),
        ("**Published:** February 05, 2026 18:35 UTC\n", "stamp"),
        ("Updated July 16, 2025 10:15 am ET\n", "stamp"),
        ("By Jane Roe | July 15, 2025\n", "stamp"),
        ("January 3, 2025, 4:15 AM ET\nThe ministry", "stamp"),
        ("[75 FR 44088, July 28, 2010]", "citation"),
        ("Source: The Daily Miner (July 2025)", "citation"),
        ("On July 15, 2025, the ministry", None),
        ("* July 15, 2025: the ministry", None),
        ("Announcement No. 46 (July 15, 2025) bans", None),
        ("Effective July 15, 2025, exports need a licence.", None),
    ],
)
def test_metadata(text, kind):
    """Datelines, stamps and dates of citations say what they are; dates of the prose do not."""
    assert [d.metadata for d in find_dates(text)] == [kind]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tightened in 2024–25; steady in 2025", "2025"),
        ("on July 15, 2025, and in March 2025", "2025"),
        ("on July 15, 2025, and on May 2, 2024", None),
        ("in 2023 and in 2024", None),
        ("by 2030 and by 2030", None),
        ("on July 15", None),
    ],
)
def test_implied_anchor(text, expected):
    """Only a year that the text makes certain by itself stands in for a missing publication date."""
    assert implied_anchor((d, None) for d in find_dates(text)) == expected


@pytest.mark.parametrize("year", [1, 2025, 9999])
def test_parse_point_reads_any_precision(year):
    """A point keeps exactly the precision that its value has."""
    assert parse_point(f"{year:04d}") == (year, None, None)
    assert parse_point(f"{year:04d}-02") == (year, 2, None)
    assert parse_point(f"{year:04d}-02-28") == (year, 2, 28)


WORDS = """
May March July Jul. 15 15th 2025 2025-07-15 Q1 H2 quarter half of the last next this that year month week day ago two
early mid- end first spring fall FY fiscal 1990s today Thursday Sat , . - – / ' ’ ( ) from to between and until by in
on each every 3 31 99 000 ٣ ２０２５ é _ $ %
"""
FRAGMENTS = st.sampled_from([*WORDS.split(), "\n", "\n\n", "\ud800", "\u00a0"])
TEXTS = st.one_of(
    st.text(max_size=200),
    st.text(alphabet=st.characters(), max_size=100),
    st.lists(FRAGMENTS, max_size=25).map(" ".join),
    st.lists(FRAGMENTS, max_size=25).map("".join),
    st.integers(min_value=0).map(lambda n: f"in {n} by {n}-{n} on {n}/{n}/{n} July {n}, {n}"),
)
ODD_DATES = ["2025", "2025-07", "0001-01-01", "9999-12-31", "", "XXXX"]
ANCHORS = st.one_of(st.none(), st.dates().map(str), st.sampled_from(ODD_DATES))


@settings(max_examples=400, deadline=None)
@given(text=TEXTS, published=ANCHORS, tense=st.sampled_from([None, "past", "present", "future"]))
def test_any_string(text, published, tense):
    """No string raises; offsets fit, spans are in order without overlap, values are EDTF, and twice is the same."""
    found = find_dates(text)
    end = 0
    context = []
    for expression in found:
        assert end <= expression.start < expression.end <= len(text)
        assert text[expression.start : expression.end] == expression.text
        end = expression.end
        context.append(resolve(expression, published=published, tense=tense, context=context))
        assert context[-1] is None or re.fullmatch(EDTF_PATTERN, context[-1])
    assert find_dates(text) == found


@pytest.mark.parametrize(
    "unit",
    ["2025 ", "July ", "1", "a year ago ", "the ", "May 2 ", "2025-", "first ", "\n", " ", "“", "from 2 to ", "A, "],
)
def test_linear_time(unit):
    """A line of a hundred thousand characters of one kind is read in well under five seconds."""
    begin = time.perf_counter()
    for expression in find_dates(unit * (100_000 // len(unit))):
        resolve(expression, published=PUBLISHED)
    assert time.perf_counter() - begin < 5


@pytest.mark.parametrize(
    ("text", "published", "tense", "nearby", "expected"),
    [
        ("in August", "2026-02", "past", "2024", "2024-08"),
        ("from 27 August", "2025-08-08", "past", "2025-08-06", "2025-08-27"),
        ("in April", "2025-06-11", "past", "2017-02", "2017-04"),
        ("by June", "2024-11-20", "future", "2024-08", "2025-06"),
        ("on March 6", None, None, "2023-02-01", "2023-03-06"),
    ],
)
def test_the_date_that_opens_the_sentence_gives_the_year(text, published, tense, nearby, expected):
    """A bare month or day goes on from the date before it in its sentence, unless the tense forbids it."""
    assert resolve(find_dates(text)[0], published=published, tense=tense, nearby=nearby) == expected


def test_a_year_after_a_review_is_its_period():
    """ "Administrative Review; 2018" at the end of a title is a date, "Final Rule; 2018" a docket's."""
    assert surfaces("Steel Wheels From China: Final Results of Administrative Review; 2018") == ["2018"]
    assert surfaces("Steel Wheels From China: Final Rule; 2018") == []
