"""The metrics: truths that hold whatever the numbers are, and worked examples."""

from __future__ import annotations

import itertools
import json
import random
import subprocess
import sys
from datetime import date
from pathlib import Path

import ir_measures as ir
import numpy as np
import pytest
from evaluating import Words
from hypothesis import given
from hypothesis import strategies as st

from assistant.answering import Assistant
from assistant.evaluation import comparing, intervals, matching, ranking, refusing, scoring, supporting
from assistant.evaluation.gold import Gold, of_line, spans
from assistant.evaluation.supporting import Reading, statements
from assistant.values import values
from corpus.profiles import Profile
from corpus.splitting import split
from corpus.structure import compose, from_lines
from index.library import Library, shard_of

HERE = Path(__file__).parent
SHARED = HERE.parent.parent / "shared"
TEXT = """Ansøgningsfrist: Mandag den 5. februar 2024
Kontakt: Ida Ny, tlf. 12 34 56 78, eller Bo Hald, tlf. 87 65 43 21
Budget: 37 mio. kr. om året

Kendskab til regnskab er ikke et krav. Du skal kunne lede 73 medarbejdere i tre afdelinger.

Udvalgene er:
- Børneudvalget
- Kulturudvalget
- Teknisk udvalg
"""
grades = st.lists(st.sampled_from([0, 1, 2]), min_size=1, max_size=30)
units = st.lists(st.tuples(st.integers(0, 10).map(lambda n: n / 10), st.booleans()), min_size=1, max_size=40)
phrases = st.lists(st.text("abcdeæøå 0123456789.,-", min_size=1, max_size=12).filter(str.strip), min_size=1, max_size=3)


def profile() -> Profile:
    text, blocks = compose(from_lines(TEXT))
    return Profile("prøve", "Prøve", text, blocks, split(text, blocks))


READING = Reading.of(profile(), date(2024, 1, 20))


def citation(number: int, quote: str) -> dict[str, object]:
    start = READING.profile.text.index(quote)
    return {"number": number, "profile": "prøve", "section": None, "page": None, "quote": quote, "start": start, "end": start + len(quote)}


def cited(text: str, *quotes: str, **more: object) -> supporting.Cited:
    answer = {"answer": text, "language": "da", "citations": [citation(n, quote) for n, quote in enumerate(quotes, 1)], **more}
    every = [(p.start, p.end) for p in READING.profile.passages]
    return supporting.cited(answer, READING, every, [spans(READING.profile.text, "Mandag den 5. februar 2024")])


# --- retrieval


@given(grades)
def test_ranking_metrics_lie_between_none_and_one(served: list[int]) -> None:
    values_of = [ranking.hit(served, 3), ranking.reciprocal_rank(served), ranking.ndcg(served)]
    assert all(0 <= value <= 1 for value in values_of)


@given(grades.filter(any))
def test_the_best_order_is_perfect(served: list[int]) -> None:
    best = sorted(served, reverse=True)
    assert ranking.hit(best, 1) == ranking.reciprocal_rank(best) == 1
    assert ranking.ndcg(best) == pytest.approx(1)


def test_relevance_is_graded_by_what_of_the_quote_a_passage_holds() -> None:
    passages = [(0, 100), (100, 160), (160, 200), (200, 300)]
    assert ranking.relevance(passages, [[(10, 50)], [(110, 190)]]).tolist() == [2, 1, 0, 0]
    assert ranking.evidence_recall([0, 1, 2], passages, [[(10, 50)], [(110, 190)]], 2) == 0.5
    assert ranking.evidence_recall([0, 1, 2], passages, [[(10, 50)], [(110, 190)]], 3) == 1.0


def test_retrieval_agrees_with_ir_measures() -> None:
    dice = random.Random(7)
    for _ in range(60):
        served = [dice.choice([0, 0, 0, 1, 2]) for _ in range(dice.randint(1, 25))]
        if not any(served):
            continue
        names = [f"d{at:02d}" for at in range(len(served))]
        judged = [ir.Qrel("q", name, grade) for name, grade in zip(names, served, strict=True)]
        run = [ir.ScoredDoc("q", name, 1 / rank) for rank, name in enumerate(names, 1)]
        theirs = ir.calc_aggregate([ir.nDCG @ 10, ir.RR @ 10, ir.Success @ 1, ir.Success @ 3, ir.Success @ 5], judged, run)
        ours = {ir.nDCG @ 10: ranking.ndcg(served), ir.RR @ 10: ranking.reciprocal_rank(served), **{ir.Success @ k: ranking.hit(served, k) for k in (1, 3, 5)}}
        assert ours == pytest.approx(theirs)


@pytest.mark.parametrize("question", ["Hvornår er ansøgningsfristen?", "Hvem kan jeg ringe til?", "Hvor mange medarbejdere er der?", "Hvilke udvalg er der?", "Og budgettet?"])
def test_a_real_search_is_measured_as_ir_measures_measures_it(question: str) -> None:
    """Every order of a search (vectors, words, both, ranked), the ideal over all passages of the profile."""
    shard = shard_of(READING.profile, Words())
    found = Assistant(Library(Path("nowhere"), Words()), today=lambda: READING.today).search(question, shard)
    quotes = [spans(READING.profile.text, quote) for quote in ("Mandag den 5. februar 2024", "Bo Hald, tlf. 87 65 43 21", "lede 73 medarbejdere i tre afdelinger", "Kulturudvalget")]
    graded = ranking.relevance([(p.start, p.end) for p in READING.profile.passages], quotes)
    ours = ranking.measure(found, quotes)
    judged = [ir.Qrel("q", str(row), int(grade)) for row, grade in enumerate(graded)]
    table = {"hit@1": ir.Success @ 1, "hit@3": ir.Success @ 3, "hit@5": ir.Success @ 5, "hit@10": ir.Success @ 10, "mrr@10": ir.RR @ 10, "ndcg@10": ir.nDCG @ 10}
    for name, order in ranking.orders(found).items():
        assert sorted(order.tolist()) == list(range(len(graded)))
        theirs = ir.calc_aggregate(table.values(), judged, [ir.ScoredDoc("q", str(row), 1 / rank) for rank, row in enumerate(order, 1)])
        assert {metric: ours[f"{name}.{metric}"] for metric in table} == pytest.approx({metric: theirs[measure] for metric, measure in table.items()})


def test_the_order_of_the_gold_quotes_does_not_matter() -> None:
    passages = [(0, 40), (40, 90), (90, 200)]
    quotes = [[(10, 30)], [(45, 85)], [(95, 99), (180, 199)]]
    for mixed in itertools.permutations(quotes):
        assert ranking.relevance(passages, mixed).tolist() == ranking.relevance(passages, quotes).tolist()
        assert ranking.evidence_recall([1, 2], passages, mixed, 2) == ranking.evidence_recall([1, 2], passages, quotes, 2)


# --- answers


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Den 5. februar 2024, ca. 1.234,50 kr.", ("02-05", "2024", "ca", "1234.5", "kr")),
        ("»Det særlige – Ærø«", ("særlige", "ærø")),
        ("den 13. og 14. august", ("08-13", "08-14")),
        ("tlf. 40 22 87 18 [1]", ("tlf", "40228718")),
        ("a.b@c.example", ("a.b@c.example",)),
    ],
)
def test_the_danish_normaliser(text: str, tokens: tuple[str, ...]) -> None:
    assert matching.normalise(text) == tokens


@given(phrases)
def test_saying_the_gold_itself_is_perfect(things: list[str]) -> None:
    answers = [[thing] for thing in things if matching.normalise(thing)]
    if answers:
        said = answers[0][0]
        assert matching.exact(said, answers[:1]) == matching.token_f1(said, answers[:1]) == matching.char_f1(said, answers[:1]) == matching.contains(said, answers[:1]) == 1


@given(st.text(max_size=60), phrases)
def test_answer_metrics_lie_between_none_and_one(said: str, things: list[str]) -> None:
    answers = [[thing] for thing in things]
    scores = [matching.exact(said, answers), matching.token_f1(said, answers), matching.char_f1(said, answers), matching.contains(said, answers), *matching.list_scores(said, answers).values()]
    assert all(0 <= score <= 1 for score in scores)


@given(phrases, st.randoms())
def test_the_order_of_a_list_and_of_its_gold_does_not_matter(things: list[str], dice: random.Random) -> None:
    items, said = [[thing] for thing in things], [f"- {thing}" for thing in things]
    mixed = matching.list_scores("\n".join(dice.sample(said, len(said))), dice.sample(items, len(items)))
    assert mixed == pytest.approx(matching.list_scores("\n".join(said), items))


@given(st.lists(st.sampled_from(["37 mio. kr.", "5. februar 2024", "73 timer", "Ida Ny"]), min_size=1, max_size=4, unique=True))
def test_number_f1_is_perfect_for_the_gold_and_falls_with_an_invented_number(things: list[str]) -> None:
    answers = [[thing] for thing in things]
    assert matching.number_f1(" og ".join(things), answers, things) == pytest.approx(1)
    assert 0 <= (matching.number_f1(" og ".join([*things, "999 mio. kr."]), answers, things) or 0) < 1


def test_squad_like_cases() -> None:
    assert matching.exact("Den røde bil.", [["røde bil"]]) == 1
    assert matching.token_f1("den røde bil i garagen", [["rød bil", "røde bil"]]) == pytest.approx(2 * 2 / (4 + 2))
    assert matching.token_f1("", [["bil"]]) == 0


def test_number_f1_tells_37_from_73() -> None:
    evidence = ["37 mio. kr. om året"]
    assert matching.number_f1("Budgettet er 37 mio. kr.", [["37 mio. kr."]], evidence) == 1
    assert matching.number_f1("Budgettet er 73 mio. kr.", [["37 mio. kr."]], evidence) == 0
    assert 0 < (matching.number_f1("37 mio. kr. og 12 ansatte", [["37 mio. kr."]], evidence) or 0) < 1
    assert matching.number_f1("Det er varmt", [["lun"]], ["lun"]) is None


def test_a_list_is_paired_one_to_one() -> None:
    gold = [["Børneudvalget"], ["Kulturudvalget"], ["Teknisk udvalg"]]
    whole = matching.list_scores("Udvalgene er: [1]\n- Teknisk udvalg [2]\n- Børneudvalget [3]\n- Kulturudvalget [4]", gold)
    assert whole == {"list.precision": 1, "list.completeness": 1, "list.f1": 1, "list.exact": 1}
    twice = matching.list_scores("- Børneudvalget\n- Børneudvalget", gold)
    assert twice["list.precision"] == 0.5 and twice["list.completeness"] == pytest.approx(1 / 3)


def test_values_have_units_and_one_form() -> None:
    assert values("4,7 mia. kr.") == values("4.700 mio. kr.") == {("number", "4700000000kr")}
    assert values("5. februar 2024") == values("2024-02-05")
    assert values("5. februar", 2024) == values("den 5/2-2024")
    assert values("37 timer") != values("37 dage")


# --- citations


def test_a_mark_after_the_full_stop_belongs_to_the_sentence_before_it() -> None:
    told = statements("Mødet er f.eks. den 1. marts kl. 9. [1] Ring ca. kl. 10. [2][3]\n- et punkt [4]")
    assert [(one.text, one.marks) for one in told] == [("Mødet er f.eks. den 1. marts kl. 9.", (1,)), ("Ring ca. kl. 10.", (2, 3)), ("et punkt", (4,))]


def test_refusals_and_greetings_state_nothing() -> None:
    assert statements("Hej! Jeg svarer på spørgsmål om stillingen ud fra profilen og viser, hvor svaret står. Hvad vil du gerne vide?") == []
    assert [one.text for one in statements("Det fremgår ikke af profilen. Spørg Ida Ny på 12 34 56 78. [1]")] == ["Spørg Ida Ny på 12 34 56 78."]


def test_a_supported_answer_is_perfect_and_its_derived_distance_is_recomputed() -> None:
    good = cited("Ansøgningsfristen er mandag den 5. februar 2024, om 16 dage. [1]", "Mandag den 5. februar 2024")
    assert (good.recall, good.precision, good.faithful, good.fabricated, good.invalid, good.gold_hit) == (1, 1, 1, False, 0, True)
    wrong = cited("Ansøgningsfristen er mandag den 5. februar 2024, om 17 dage. [1]", "Mandag den 5. februar 2024")
    assert wrong.recall == 0 and wrong.fabricated


@pytest.mark.parametrize("said", ["Budgettet er 73 mio. kr. om året. [1]", "Budgettet er 37 kr. om året hos Per Dahl. [1]"])
def test_a_wrong_number_or_name_is_not_supported(said: str) -> None:
    assert cited(said, "37 mio. kr. om året").recall == 0


def test_a_negation_clash_is_not_supported() -> None:
    quote = "Kendskab til regnskab er ikke et krav."
    assert cited("Kendskab til regnskab er et absolut krav. [1]", quote).recall == 0
    assert cited("Nej. Kendskab til regnskab er ikke et krav. [1]", quote).recall == 1


@pytest.mark.parametrize("extra", [0, 2, 7])
def test_an_invented_citation_never_raises_precision(extra: int) -> None:
    said = "Ansøgningsfristen er mandag den 5. februar 2024. [1]"
    good, invented = cited(said, "Mandag den 5. februar 2024"), cited(f"{said}[{extra}]", "Mandag den 5. februar 2024")
    assert (invented.precision or 0) < (good.precision or 0)
    assert invented.invalid == 1 and invented.recall == 0


SAID = {
    "Ansøgningsfristen er mandag den 5. februar 2024.": "Mandag den 5. februar 2024", "Budgettet er 37 mio. kr. om året.": "37 mio. kr. om året",
    "Kendskab til regnskab er ikke et krav.": "Kendskab til regnskab er ikke et krav.", "Budgettet er 99 mio. kr.": "37 mio. kr. om året",
}  # fmt: skip
told = st.lists(st.tuples(st.sampled_from(sorted(SAID)), st.booleans()), min_size=1, max_size=4, unique_by=lambda pair: pair[0])


@given(told, st.lists(st.sampled_from([0, 7, 8, 9]), min_size=1, max_size=5), st.integers(0, 3))
def test_whatever_is_said_invented_citations_never_raise_precision(told: list[tuple[str, bool]], invented: list[int], at: int) -> None:
    """Sentences right and wrong, cited or not; the invented marks behind any of them."""
    marked = [f"{text} [{n}]" if cites else text for n, (text, cites) in enumerate(told, 1)]
    citations = [citation(n, SAID[text]) for n, (text, cites) in enumerate(told, 1) if cites]
    before = cited(" ".join(marked), citations=citations)
    marked[at % len(marked)] += "".join(f"[{n}]" for n in invented)
    after = cited(" ".join(marked), citations=citations)
    shares = [share for one in (before, after) for share in (one.recall, one.precision, one.faithful)]
    assert all(0 <= share <= 1 for share in shares if share is not None)
    assert (after.precision or 0) <= (before.precision or 0) and (after.recall or 0) <= (before.recall or 0) and after.invalid > before.invalid


@given(told, st.randoms())
def test_the_order_of_sentences_does_not_matter(told: list[tuple[str, bool]], dice: random.Random) -> None:
    def measured(rows: list[tuple[str, bool]]) -> supporting.Cited:
        citations = [citation(n, SAID[text]) for n, (text, cites) in enumerate(rows, 1) if cites]
        return cited(" ".join(f"{text} [{n}]" if cites else text for n, (text, cites) in enumerate(rows, 1)), citations=citations)

    one, two = measured(told), measured(dice.sample(told, len(told)))
    assert [one.recall, one.precision, one.faithful, one.noise] == pytest.approx([two.recall, two.precision, two.faithful, two.noise])
    assert (one.fabricated, one.invalid, one.gold_hit) == (two.fabricated, two.invalid, two.gold_hit)


def test_ten_invented_citations_beside_a_good_one_are_counted() -> None:
    marks = "".join(f"[{n}]" for n in range(2, 12))
    one = cited(f"Fristen er mandag den 5. februar 2024. [1] Budgettet er 37 mio. kr. om året. {marks}", "Mandag den 5. februar 2024")
    assert one.precision == pytest.approx(1 / 11)


def test_an_irrelevant_but_real_citation_lowers_precision() -> None:
    one = cited("Ansøgningsfristen er mandag den 5. februar 2024. [1][2]", "Mandag den 5. februar 2024", "37 mio. kr. om året")
    assert one.recall == 1 and one.precision == 0.5


def test_an_empty_answer_scores_none_rather_than_being_skipped() -> None:
    empty = cited("")
    assert empty.recall == empty.precision == empty.faithful == 0


def test_a_quote_that_is_not_the_stored_text_is_invalid() -> None:
    row = {**citation(1, "37 mio. kr. om året"), "quote": "73 mio. kr. om året"}
    assert not supporting.valid(row, READING.profile)
    assert supporting.valid(citation(1, "37 mio. kr. om året"), READING.profile)


# --- silence and sureness


@given(units)
def test_risk_and_calibration_lie_between_none_and_one(pairs: list[tuple[float, bool]]) -> None:
    sure, loss = np.array([s for s, _ in pairs]), np.array([float(wrong) for _, wrong in pairs])
    found = [refusing.aurc(sure, loss), refusing.augrc(sure, loss), refusing.calibration_error(sure, 1 - loss), refusing.brier(sure, loss), refusing.coverage_at(sure, loss, 0.05)]
    assert all(-1e-9 <= value <= 1 + 1e-9 for value in found)
    assert refusing.excess_aurc(sure, loss) >= -1e-9


@given(units, st.randoms())
def test_the_order_of_questions_does_not_matter(pairs: list[tuple[float, bool]], dice: random.Random) -> None:
    mixed = dice.sample(pairs, len(pairs))
    one, two = (refusing.aurc(np.array([s for s, _ in p]), np.array([float(w) for _, w in p])) for p in (pairs, mixed))
    three, four = (refusing.calibration_error(np.array([s for s, _ in p]), np.array([float(w) for _, w in p])) for p in (pairs, mixed))
    assert one == pytest.approx(two) and three == pytest.approx(four)


@given(units)
def test_the_surest_answers_being_right_is_perfect(pairs: list[tuple[float, bool]]) -> None:
    sure, none = np.array([s for s, _ in pairs]), np.zeros(len(pairs))
    assert refusing.aurc(sure, none) == refusing.augrc(sure, none) == refusing.risk_at(sure, none, 0.8) == 0 and refusing.coverage_at(sure, none, 0.05) == 1
    assert refusing.brier(np.ones(len(pairs)), np.ones(len(pairs))) == refusing.calibration_error(np.ones(len(pairs)), np.ones(len(pairs))) == 0


def test_a_worked_risk_coverage_curve() -> None:
    sure, loss = np.array([0.9, 0.8, 0.7, 0.6]), np.array([0.0, 1.0, 0.0, 1.0])
    assert refusing.risk_coverage(sure, loss).tolist() == pytest.approx([0, 1 / 2, 1 / 3, 1 / 2])
    assert refusing.aurc(sure, loss) == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    assert refusing.coverage_at(sure, loss, 0.05) == 0.25


def test_a_sweep_from_answering_all_to_refusing_all() -> None:
    lines = refusing.sweep(np.array([0.2, 0.9]), np.array([1.0, 0.0]), [True, False], [0.0, 0.5, 1.0])
    assert [line["total"] for line in lines] == [0.5, 0.0, 0.5]


# --- intervals and comparisons


def test_an_interval_holds_its_mean_and_leaves_out_what_does_not_apply() -> None:
    found = intervals.Resamples([str(n) for n in range(40)]).estimate(np.array([1.0, 0.0] * 18 + [np.nan] * 4))
    assert found["n"] == 36 and found["mean"] == 0.5 and (found["low"] or 0) < 0.5 < (found["high"] or 0)
    assert intervals.Resamples(["a"]).estimate(np.array([np.nan]))["mean"] is None


def test_a_clear_gain_is_seen_and_luck_is_not() -> None:
    draws = intervals.Resamples([str(n) for n in range(60)], 2000)
    old = np.zeros(60)
    clear = comparing.difference(old, np.array([1.0] * 30 + [0.0] * 30), draws)
    luck = comparing.difference(old + 0.5, np.array([1.0, 0.0] * 30), draws)
    assert clear["low"] > 0 and clear["p"] < 0.01 and clear["p_signs"] < 0.01 and clear["p_mcnemar"] < 0.01 and clear["wins"] == 30
    assert luck["low"] < 0 < luck["high"] and luck["p"] > 0.5
    assert comparing.difference(np.array([1.0, 1.0]), np.array([np.nan, 1.0]), intervals.Resamples(["a", "b"], 50))["difference"] == -0.5


def test_holm_adjusts_upwards_and_keeps_the_order() -> None:
    assert comparing.holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx({"a": 0.03, "c": 0.06, "b": 0.06})


# --- the contract's score


def test_the_score_is_what_the_shared_tool_prints(tmp_path: Path) -> None:
    tool = SHARED / "score.py"
    if not tool.is_file():
        pytest.skip("../shared/score.py is not there")
    files = sorted((HERE / "questions").rglob("*.jsonl")) + sorted((SHARED / "questions").glob("*.jsonl"))
    golds = [of_line(line) for file in files for line in file.read_text(encoding="utf-8").split("\n") if line.strip()]
    answers = {gold.id: _mangled(gold, at) for at, gold in enumerate(golds) if at % 11}
    answers["unknown"] = {"answer": "Hej", "abstained": False, "citations": []}
    (tmp_path / "answers.jsonl").write_text("\n".join(json.dumps({**answer, "id": name}, ensure_ascii=False) for name, answer in answers.items()), encoding="utf-8")
    said = subprocess.run([sys.executable, str(tool), str(tmp_path / "answers.jsonl"), *map(str, files), "--json"], capture_output=True, text=True, check=True, encoding="utf-8")
    assert scoring.score(golds, answers) == json.loads(said.stdout)


def _mangled(gold: Gold, at: int) -> dict[str, object]:
    """An answer made from the gold in one of many ways, right and wrong."""
    dice = random.Random(at)
    choices = [dice.choice(inner) for inner in gold.answers] or ["Ingen"]
    text = dice.choice([" og ".join(choices), "; ".join(choices) + "5", f"**{' '.join(choices)}** [1]", choices[0], " ".join(choices).upper(), "x" * 800 + choices[0], "", "den 5. og 6. februar"])
    quotes = [dice.choice([quote, quote[: dice.randint(1, 40)], f"se {quote} her", "andet sted", quote.replace(" ", "\n- ")]) for quote in gold.evidence] or ["noget"]
    return {"answer": text, "abstained": dice.random() < 0.2, "citations": [dice.choice([{"quote": quote}, {"text": quote}, quote]) for quote in quotes[: dice.randint(0, 3)]]}


def test_a_gold_quote_is_found_by_its_words() -> None:
    assert spans("Frist: **mandag den 5. maj**", "mandag den 5. maj") == [(9, 26)]
    assert spans("to gange, to\ngange", "to gange") == [(0, 8), (10, 18)]
    assert spans("kommunaldirektør", "kommunal- direktør") == [(0, 16)]
    assert spans("tekst", "…") == []
