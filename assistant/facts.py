"""Whom to ask: the contacts a profile names, each with role and how to reach them, at their place in the text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from corpus.entities import Entity, Kind, find
from corpus.profiles import Passage, Profile
from index.library import Shard

_ROLE = re.compile(
    r"\b([A-ZÆØÅa-zæøå-]*(?:direktør|chef|leder|formand|konsulent|sekretær|rektor|partner|forstander|inspektør|koordinator|borgmester|manager|rådgiver|advokat|provst|ejer|medarbejder|repræsentant|specialist|fører)(?:en)?)[,:]?\s+$"
)


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to ask: `start:end` covers name and reach in the canonical text."""

    name: str
    role: str | None
    phone: str | None
    mail: str | None
    start: int
    end: int

    @property
    def who(self) -> str:
        """Role and name, as the profile has them ("kommunaldirektør Ida Ny")."""
        if not self.role:
            return self.name
        role = self.role if self.role[:2].isupper() else self.role[:1].lower() + self.role[1:]
        return f"{role} {self.name}"


def contacts(shard: Shard) -> list[Contact]:
    """Everyone the profile gives a phone or mail for, those it names as contacts first."""
    profile = shard.profile
    ranked: list[tuple[float, int, Contact]] = []
    for row, passage in enumerate(profile.passages):
        if not shard.words.entities[row] & {Kind.PHONE, Kind.MAIL}:
            continue
        weight = max((float(shard.words.concepts[name][field][row]) for name in shard.words.concepts if "contact" in name for field in ("label", "body", "lead", "section")), default=0.0)
        ranked += [(-weight, row, contact) for contact in _in_passage(profile, passage)]
    seen: dict[str, Contact] = {}
    for _, _, contact in sorted(ranked, key=lambda entry: entry[:2]):
        seen.setdefault(contact.name, contact)
    return list(seen.values())


def _in_passage(profile: Profile, passage: Passage) -> list[Contact]:
    """The people of one passage, each with the phone and mail that follow the name before the next one."""
    quote = profile.quote(passage)
    entities = find(quote, 2000)
    people = [entity for entity in entities if entity.kind is Kind.PERSON]
    found = []
    for at, person in enumerate(people):
        until = people[at + 1].start if at + 1 < len(people) else len(quote)
        reach = [e for e in entities if person.end <= e.start < until and e.kind in (Kind.PHONE, Kind.MAIL)]
        if reach:
            role = _ROLE.search(quote[: person.start])
            start = role.start(1) if role else person.start
            found.append(
                Contact(person.text, role[1].strip() if role else None, _first(reach, Kind.PHONE), _first(reach, Kind.MAIL), passage.start + start, passage.start + max(e.end for e in reach))
            )
    return found


def _first(entities: list[Entity], kind: Kind) -> str | None:
    return next((entity.text for entity in entities if entity.kind is kind), None)
