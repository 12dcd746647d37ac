"""Whatever is loaded, merged, split and withdrawn in whatever order: one real dispute has one code for ever."""

from datetime import datetime, timedelta
from typing import Any

from deciding import Person
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SYSTEMS = ("court_odr", "petition_hotline", "peoples_mediation")
START = datetime(2026, 1, 1, 9)
REPORTS = st.fixed_dictionaries(
    {
        "system": st.sampled_from(SYSTEMS),
        "days": st.integers(0, 120),
        "applicant_id_no_token": st.sampled_from([None, "A", "B"]),
        "respondent_id_no_token": st.sampled_from([None, "C", "D"]),
        "related": st.one_of(st.none(), st.integers(0, 9)),
    }
)
PICK = st.integers(0, 9)
ACTS = st.one_of(
    st.tuples(st.just("load"), st.lists(REPORTS, min_size=1, max_size=3)),
    st.tuples(st.just("merge"), st.tuples(PICK, PICK)),
    st.tuples(st.just("split"), st.tuples(PICK, st.integers(1, 6))),
    st.tuples(st.just("undo"), PICK),
    st.tuples(st.just("change"), st.tuples(PICK, PICK)),
    st.tuples(st.just("vanish"), PICK),
)
Report = tuple[str, str]


class Province:
    """A world in which reports come, change and go, and a person decides; every act ends with a run of linking."""

    def __init__(self, world: Any) -> None:
        self.world, self.person, self.runs = world, Person(), 0
        self.loaded: list[Report] = []
        self.gone: set[Report] = set()
        self.parted = False
        world.clear()

    def load(self, reports: list[dict[str, Any]]) -> None:
        for one in reports:
            report = dict(one)
            system, days, related = report.pop("system"), report.pop("days"), report.pop("related")
            if related is not None and related < len(self.loaded):
                other = self.loaded[related]
                report |= {"related_system": other[0], "related_no": other[1]}
            key = f"R{len(self.loaded)}"
            self.world.report(system, source_id=key, reported_at=START + timedelta(days=days), **report)
            self.loaded.append((system, key))

    def change(self, picks: tuple[int, int]) -> None:
        one, other = (self.loaded[pick % len(self.loaded)] for pick in picks)
        self.world.change(*one, related_system=other[0], related_no=other[1])

    def vanish(self, pick: int) -> None:
        report = self.loaded[pick % len(self.loaded)]
        self.world.delete(*report)
        self.gone.add(report)

    def merge(self, picks: tuple[int, int]) -> None:
        one, other = (self.first(self.loaded[pick % len(self.loaded)]) for pick in picks)
        self.person.merge(one, other, self.world.members())

    def split(self, picks: tuple[int, int]) -> None:
        members = self.world.members()
        code = members[self.loaded[picks[0] % len(self.loaded)]]
        case = sorted(report for report, own in members.items() if own == code)
        self.parted |= bool(self.person.split(case[: picks[1] % len(case)], members)) if len(case) > 1 else False

    def undo(self, pick: int) -> None:
        if not self.person.rows:
            return
        row = self.person.rows[pick % len(self.person.rows)].id
        moved = self.world.rows(
            "SELECT v.system, v.source_id FROM link.moves AS v JOIN link.events AS e USING (event_id)"
            " WHERE e.decision_id = ?",
            row,
        )
        self.parted |= bool(self.person.undo(row, self.world.members(), moved))

    def first(self, report: Report) -> Report:
        """The report that the code of this report's case was minted for, which `hub link` names."""
        code = self.world.members()[report]
        return self.anchors()[code]

    def anchors(self) -> dict[str, Report]:
        rows = self.world.rows("SELECT case_code, first_system, first_source_id FROM link.case_codes")
        return {code: (system, source_id) for code, system, source_id in rows}

    def link(self) -> None:
        self.runs += 1
        self.world.link(START + timedelta(days=200 + self.runs), self.person.rows)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(acts=st.lists(ACTS, min_size=3, max_size=8))
def test_codes_stay_what_they_were_and_decisions_hold(world, acts):
    province = Province(world)
    province.load([{"system": "court_odr", "days": 3, "related": None}])
    province.link()
    codes: dict[str, Report] = {}
    states: dict[int, dict[Report, str]] = {}
    for name, argument in acts:
        before, province.parted = world.members(), False
        getattr(province, name)(argument)
        province.link()
        members, anchors = world.members(), province.anchors()

        assert codes.items() <= anchors.items(), "a code vanished, or means another report's dispute"
        codes = anchors
        assert set(members) == set(province.loaded) or province.gone
        assert all(members[anchors[code]] == code for code in members.values()), "a case without its own report"
        assert all(members[report] in anchors for report in anchors.values()), "a code that leads nowhere"

        standing = province.person.standing
        for merge in standing.merges:
            assert members[merge.one] == members[merge.other], "a merge does not hold"
        for split in standing.splits:
            sides = [{members[report] for report in side if report in members} for side in split.sides]
            assert not sides[0] & sides[1], "a split does not hold"
        if not province.parted:
            cases = {}
            for report, code in before.items():
                cases.setdefault(code, set()).add(members[report])
            assert all(len(now) == 1 for now in cases.values()), "a case was parted by nobody"

        (event,) = world.rows("SELECT max(event_id) FROM link.events")[0]
        states[event] = members
    refused = world.rows("SELECT decision_id FROM link.events WHERE effect = 'refused'")
    assert refused == [], "a decision that was taken was not carried out"
    assert {row for (row,) in world.rows("SELECT decision_id FROM link.events WHERE decision_id IS NOT NULL")} == {
        one.id for one in province.person.rows
    }
    _every_earlier_state_is_in_the_log(world, states)
    world.build_only("core/case_aliases")
    forwards = dict(world.rows("SELECT old_code, new_code FROM core.case_aliases"))
    members = world.members()
    assert forwards == {code: members[report] for code, report in codes.items() if members[report] != code}


def _every_earlier_state_is_in_the_log(world: Any, states: dict[int, dict[Report, str]]) -> None:
    """Moves taken back from the newest lead to the memberships of every earlier event."""
    now = world.members()
    moves = world.rows("SELECT event_id, system, source_id, from_code, to_code FROM link.moves ORDER BY rowid DESC")
    for event, members in sorted(states.items(), reverse=True):
        while moves and moves[0][0] > event:
            _, system, source_id, from_code, to_code = moves.pop(0)
            assert now[system, source_id] == to_code
            now[system, source_id] = from_code
        assert {report: now[report] for report in members} == members
