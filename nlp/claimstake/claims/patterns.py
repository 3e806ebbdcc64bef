"""Claims that stand in fixed constructions rather than with a trigger: the families of claims/patterns_*.py
together."""

from __future__ import annotations

from collections.abc import Iterator

from claimstake.claims.arguments import Arguments
from claimstake.claims.candidates import Candidate
from claimstake.claims.patterns_classes import ClassPatterns, expand_members
from claimstake.claims.patterns_entries import EntryPatterns
from claimstake.claims.patterns_firms import FirmPatterns
from claimstake.claims.patterns_funding import FundingPatterns
from claimstake.claims.patterns_goods import GoodsPatterns
from claimstake.claims.patterns_law import LawPatterns
from claimstake.claims.patterns_lists import ListPatterns
from claimstake.claims.patterns_people import PeoplePatterns
from claimstake.claims.patterns_places import PlacePatterns
from claimstake.claims.patterns_profiles import ProfilePatterns
from claimstake.claims.patterns_releases import ReleasePatterns
from claimstake.claims.patterns_seats import SeatPatterns
from claimstake.claims.patterns_uses import UsePatterns
from claimstake.mirror import Sentence
from claimstake.ontology import Ontology

__all__ = ["PatternFinder", "expand_members"]


class PatternFinder:
    """Finds the constructions of a sentence.

    Args:
        arguments: of the document.
        ontology: signatures that claims must fit.
    """

    def __init__(self, arguments: Arguments, ontology: Ontology) -> None:
        self.view = arguments.view
        self.law = LawPatterns(arguments, ontology)
        self.places = PlacePatterns(arguments, ontology)
        self.families = (
            ClassPatterns(arguments, ontology),
            self.places,
            PeoplePatterns(arguments, ontology),
            GoodsPatterns(arguments, ontology),
            UsePatterns(arguments, ontology),
            FirmPatterns(arguments, ontology),
            FundingPatterns(arguments, ontology),
            ProfilePatterns(arguments, ontology),
            ReleasePatterns(arguments, ontology),
            ListPatterns(arguments, ontology),
            EntryPatterns(arguments, ontology),
            SeatPatterns(arguments, ontology),
            self.law,
        )

    def find(self, sent: Sentence) -> Iterator[Candidate]:
        """Candidates of a sentence."""
        mentions = self.view.within(sent)
        if mentions:
            for family in self.families:
                yield from family.find(sent, mentions)

    def containers(self, found: list[Candidate]) -> Iterator[Candidate]:
        """Who is in a place is in what holds it, where that stands right behind: "Olen in Belgium"."""
        return self.places.containers(found)

    def answers_in(self, sent: Sentence, found: list[Candidate]) -> Iterator[Candidate]:
        """Who answers whom, given the measures found in a sentence."""
        return self.law.answers_in(sent, found)
