"""Whom to ask."""

from __future__ import annotations

from assistant.facts import contacts
from index.library import Shard


def test_contacts_are_whole_and_stand_where_they_say(job_shard: Shard) -> None:
    first, second = contacts(job_shard)
    assert (first.name, first.phone, second.name, second.phone) == ("Ida Holm", "20 30 40 50", "Bo Strand", "60 70 80 90")
    assert "skolechef" in first.who.casefold()
    for contact in (first, second):
        quote = job_shard.profile.text[contact.start : contact.end]
        assert contact.name in quote
        assert str(contact.phone) in quote


def test_the_shipped_profile_names_two(shipped: Shard) -> None:
    assert {contact.phone for contact in contacts(shipped)} == {"25 31 21 21", "40 22 87 18"}
