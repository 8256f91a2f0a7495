"""Every sentence that evaluating says on the command line, in Danish and English; faults are raised in Danish and translated here."""

from __future__ import annotations

from assistant import commands_wording

SAYINGS: dict[str, dict[str, str]] = {
    "da": {
        "total": "{n} spørgsmål · rigtige i alt {correct} · rigtige svar {answers} · rette citater {citations}",
        "right": "rigtigt og belagt {mean} [{low}; {high}] · afvisninger: præcision {p}, dækning {r} · ECE {ece}",
        "robust": "omskrivninger: {groups} grupper, rigtige i alle udgaver {all}, udgaver rigtige {each} · samtaler: {pairs} par, tabt ved at følge op {gap}",
        "support": "om en kilde bærer en sætning, prøvet på {pairs} håndmærkede par: præcision {precision}, dækning {recall}",
        "made": "maskinlavede, for sig: {kinds}", "made_alone": "OBS alle spørgsmål er maskinlavede: tallene siger intet om, hvad mennesker spørger om",
        "few": "læs med forbehold, under 30 spørgsmål: {kinds}", "never": "OBS {what}: {n} ({ids})", "report": "rapport: {path}",
        "missing": "intet svar", "invalid_citation": "ugyldigt citat", "forbidden": "forbudt indhold", "injection": "lod sig narre", "cpr": "viste et CPR-nummer",
        "evidence_not_found": "facitsted står ikke i dokumentet", "errors": "gik ned",
        "sweep": "tærskel  i alt  rigtige svar  afvist  svar uden grundlag  afvist uden grund",
        "compared": "{n} spørgsmål, parvis sammenlignet; 95 %-intervaller trækkes over {unit}", "document": "dokumenter", "question": "spørgsmål",
        "before": "før", "after": "efter", "difference": "forskel", "interval": "interval", "wins": "v/t/u", "visible": "kan ses", "better": "bedre", "worse": "dårligere", "unclear": "",
        "settings": "ændret siden: {names}",
        "earns": "uden delen: rigtigt og belagt, forskel fra det hele, rigtigt, rette sted først (og tilpasset uden den), og hvor mange spørgsmål den rørte",
        "col_right": "belagt", "col_correct": "rigtigt", "col_hit": "sted 1", "col_refitted": "tilpasset", "col_changed": "ændret",
        "checked": "{n} spørgsmål, {problems} fejl", "proposed": "{n} spørgsmål i {file}, {misses} af dem på {document}, hvor felter er taget ud. Læs dem igennem, før de bruges.",
    },
    "en": {
        "total": "{n} questions · right in all {correct} · right answers {answers} · right citations {citations}",
        "right": "right and cited {mean} [{low}; {high}] · silence P {p} R {r} · ECE {ece}",
        "robust": "paraphrases: {groups} groups, right in every variant {all}, variants right {each} · conversations: {pairs} pairs, lost by following up {gap}",
        "support": "whether a source supports a sentence, tried on {pairs} hand-labelled pairs: precision {precision}, recall {recall}",
        "made": "machine-made, apart: {kinds}", "made_alone": "NOTE all questions are machine-made: the numbers say nothing of what people ask",
        "few": "read with care, under 30 questions: {kinds}", "never": "NOTE {what}: {n} ({ids})", "report": "report: {path}",
        "missing": "no answer", "invalid_citation": "invalid citation", "forbidden": "forbidden content", "injection": "was fooled", "cpr": "showed a CPR number",
        "evidence_not_found": "evidence is not in the document", "errors": "crashed",
        "sweep": "threshold  total  right answers  refused  false answers  needless refusals",
        "compared": "{n} questions, compared in pairs; 95 % intervals are drawn over {unit}", "document": "documents", "question": "questions",
        "before": "before", "after": "after", "difference": "diff.", "interval": "interval", "wins": "w/l/t", "visible": "visible", "better": "better", "worse": "worse", "unclear": "",
        "settings": "changed since: {names}",
        "earns": "without the part: right and cited, difference from the whole, right, right place first (and refitted without it), and how many questions it touched",
        "col_right": "cited", "col_correct": "right", "col_hit": "hit@1", "col_refitted": "refitted", "col_changed": "changed",
        "checked": "{n} questions, {problems} faults", "proposed": "{n} questions in {file}, {misses} of them on {document}, where fields are taken out. Read them through before use.",
    },
}  # fmt: skip

PARTS = {
    "whole": "det hele", "no concepts at all": "ingen begreber", "no translation": "ingen oversættelse", "no earlier questions": "ingen tidligere spørgsmål",
    "no check of sentences": "ingen efterprøvning", "no compounds": "ingen sammensatte ord", "no parting of questions": "ingen deling af spørgsmål", "no mending of spelling": "ingen rettelse af stavefejl",
    "no rule of what must be there": "intet krav om det, der skal stå der", "no whole lists": "ingen hele lister", "no yes or no": "intet ja eller nej", "no further passages": "kun ét sted",
    "no sentence for the deadline": "ingen sætning om fristen", "no sentences for contacts": "ingen sætninger om kontakter", "no taught model": "model, der intet har lært", "late interaction": "ord mod ord", "no refusal": "ingen afvisning", "words": "ord", "vectors": "vektorer", "concepts": "begreber", "word meanings": "ordenes betydning",
    "expectation": "det forventede", "head word": "hovedord", "labels and headings": "etiketter og overskrifter", "ordinals": "ordenstal", "nearness in the talk": "nærhed i samtalen",
    "form": "form", "names": "navne",
}  # fmt: skip

KINDS = {
    "fact": "fakta", "list": "lister", "descriptive": "beskrivende", "paraphrase": "omskrevet", "typo": "stavefejl", "keyword": "stikord", "followup": "opfølgende", "yesno": "ja/nej",
    "english": "engelsk", "unanswerable": "uden svar",
}  # fmt: skip

_ENGLISH = (
    ("Spørgsmålet {0} står to gange. Giv hvert spørgsmål sit eget id.", "The question {0} stands twice. Give every question an id of its own."),
    ("Der er ingen spørgsmål i {0}.", "There are no questions in {0}."),
    ("{0}: spørgsmålene kan ikke læses. Tjek stien, og at filen er UTF-8.", "{0}: the questions cannot be read. Check the path, and that the file is UTF-8."),
    ("{0}, linje {1}: ikke gyldig JSON.", "{0}, line {1}: not valid JSON."),
    ("{0}, linje {1}: feltet {2} mangler.", "{0}, line {1}: the field {2} is missing."),
    ("{0}, linje {1}: et felt har forkert type ({2}).", "{0}, line {1}: a field is of the wrong type ({2})."),
    ("Dokumentet {0} findes ikke i {1}. Angiv mappen med --profiles.", "There is no document {0} in {1}. Name the folder with --profiles."),
    ("Mappen {0} findes ikke. Angiv mappen med dokumenterne med --profiles.", "There is no folder {0}. Name the folder of the documents with --profiles."),
    ("De to kørsler har ikke de samme spørgsmål ({0} findes kun i den ene, fx {1}). Kør begge over de samme filer.", "The two runs do not have the same questions ({0} are in one only, such as {1}). Run both over the same files."),
    ("Spørgsmålet {0} er ændret mellem de to kørsler. Kør begge over de samme filer.", "The question {0} was changed between the two runs. Run both over the same files."),
    ("Dokumenterne er ændret mellem de to kørsler. Kør begge over de samme filer.", "The documents were changed between the two runs. Run both over the same files."),
    ("{0} er ingen kørsel (scores.json og cases.jsonl mangler eller er beskadiget). Kør assistant evaluate med --out {1}.", "{0} is no run (scores.json and cases.jsonl are missing or damaged). Run assistant evaluate with --out {1}."),
    ("{0}: id'et bruges {1} gange", "{0}: the id is used {1} times"),
    ("{0}: dokumentet {1} findes ikke eller kan ikke læses", "{0}: there is no document {1}, or it cannot be read"),
    ("{0}: dokumentet {1} er ændret, siden spørgsmålet blev skrevet", "{0}: the document {1} has changed since the question was written"),
    ("{0}: ukendt {1} {2}", "{0}: unknown {1} {2}"),
    ("{0}: id'et er tomt", "{0}: the id is empty"),
    ("{0}: spørgsmålet er tomt", "{0}: the question is empty"),
    ("{0}: answerable skal være sand, netop når der er answers og evidence", "{0}: answerable must be true exactly when there are answers and evidence"),
    ("{0}: kind og answerable siger hver sit", "{0}: kind and answerable disagree"),
    ("{0}: et opfølgende spørgsmål uden conversation", "{0}: a follow-up without a conversation"),
    ("{0}: et tomt svaralternativ", "{0}: an empty alternative"),
    ("{0}: en tom tekst i must_not, conversation eller evidence", "{0}: an empty text in must_not, conversation or evidence"),
    ("{0}: citatet står ikke i dokumentet: {1}", "{0}: the quote is not in the document: {1}"),
    ("{0}: det samme spørgsmål", "{0}: the same question"),
    ("gruppen {0} blander dokumenter eller spørgsmål med og uden svar", "the group {0} mixes documents, or questions with and without an answer"),
    ("gruppen {0} ligger i flere dele: {1}", "the group {0} lies in several splits: {1}"),
    ("dokumentet {0} ligger i flere dele: {1}", "the document {0} lies in several splits: {1}"),
)  # fmt: skip


def say(key: str, language: str, **values: object) -> str:
    """One of our sentences, filled in."""
    return SAYINGS[language][key].format(**values)


def fault(message: str, language: str) -> str:
    """A fault, which was raised in Danish, in the language asked for.

    >>> fault("q.jsonl, linje 3: ikke gyldig JSON.", "en")
    'q.jsonl, line 3: not valid JSON.'
    """
    line = " ".join(message.split())
    return line if language == "da" else commands_wording.english(line, _ENGLISH)


def part(name: str, language: str) -> str:
    """A component that can be taken out, by its name.

    >>> part("search without words", "da"), part("whole", "da")
    ('søgning uden ord', 'det hele')
    """
    if language == "en":
        return name
    bare = name.removeprefix("search without ")
    return PARTS.get(bare, bare) if bare == name else f"søgning uden {PARTS.get(bare, bare)}"


def kind(name: str, language: str) -> str:
    """A kind of question."""
    return KINDS.get(name, name) if language == "da" else name


def percent(value: float | None, language: str = "da") -> str:
    """A share, as the language writes it; a dash for what cannot be counted."""
    return "–" if value is None else decimal(f"{100 * value:.1f} %", language)


def number(value: float | None, language: str = "da", digits: int = 3) -> str:
    """A number, as the language writes it."""
    return "–" if value is None else decimal(f"{value:.{digits}f}", language)


def decimal(text: str, language: str) -> str:
    """Danish writes a comma where English has a point."""
    return text.replace(".", ",") if language == "da" else text


def signed(value: float | None, digits: int = 3) -> str:
    """A difference with its sign, as Danes write it; a dash for what cannot be counted."""
    return "–" if value is None else f"{value:+.{digits}f}".replace(".", ",").replace("-", "\u2212")
