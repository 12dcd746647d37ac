"""Merge one checked load into the warehouse: one transaction with data, history, personal values and ledger line.

Every landed row falls into the first of these that fits:

rejected    it is in quarantine
duplicate   its delivery holds the same key again; the later update, then the later position, wins
superseded  the warehouse holds a newer version of it: a later update, else a later landing
deleted     a tombstone of a current record, or of one of which only rejected rows are known
unchanged   the current record has the same content; or a tombstone of a record that is already gone
loaded      it is new, or it changes the current record
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from operations.failpoints import failpoint
from schemas.contract import Contract
from schemas.delivery import Manifest
from warehouse.build import Writer
from warehouse.drift import keep_drift
from warehouse.ledger import TERMS, BalanceError, LedgerLine, line_of
from warehouse.masking import TOKENISED, VAULTED, install_evidence, install_masks, mask, worded
from warehouse.staged import Checked, open_staged, open_tombstones, rule_facts
from warehouse.statements import run, statements
from warehouse.tables import shared_columns, tokenised, vaulted
from warehouse.vault import tokenise, tokenise_rows

SLICE = 500_000
"""Records whose personal values are replaced at a time: the tokens of all of them are in memory together."""

_TEMPORARY = (
    "delivered",
    "deliveries",
    "rejected",
    "current_rows",
    "overtaken",
    "only_rejected",
    "verdicts",
    "waiting",
    "touched",
    "row_tokens",
    "rule_facts",
    "fired",
)


def merge(
    writer: Writer, manifest: Manifest, outcome: Checked | None, contract: Contract, as_of: datetime
) -> LedgerLine:
    """Merge a complete load and return its ledger line; a load that is merged already changes nothing.

    `outcome` is None for a load of kind `deletes`, whose parts are the tombstones themselves. Raises BalanceError
    when the rows do not add up, and StagedError when staging does not fit the contract; nothing is merged then.
    The contract's tables must exist (`create_tables`).
    """
    if (line := line_of(writer, manifest.load_id)) is not None:
        return line
    install_masks(writer.con)
    install_evidence(writer.con, contract)
    writer.con.execute(statements("merge.sql")["macros"])
    with writer.transaction():
        merged = _Merge(writer, manifest, contract).run(outcome, as_of)
        failpoint("merge.before_commit")
    failpoint("merge.committed")
    for table in _TEMPORARY:
        writer.con.execute(f"DROP TABLE temp.{table}")
    return merged


def pass_over(writer: Writer, manifest: Manifest, contract: Contract, as_of: datetime) -> LedgerLine:
    """The ledger line of a complete load of which nothing is merged, because a later one holds all of it: every row is
    superseded. Raises BalanceError when its parts do not add up to what landed."""
    if (line := line_of(writer, manifest.load_id)) is not None:
        return line
    terms = dict.fromkeys(TERMS, 0) | {"superseded": sum(part.rows for part in manifest.parts)}
    if sum(terms.values()) != manifest.landed:
        raise BalanceError(manifest, terms)
    with writer.transaction():
        return _Merge(writer, manifest, contract).write_line(terms, as_of)


class _Merge:
    def __init__(self, writer: Writer, manifest: Manifest, contract: Contract) -> None:
        self._writer = writer
        self._con = writer.con
        self._manifest = manifest
        self._contract = contract
        self._values: dict[str, Any] = {
            "load_id": manifest.load_id,
            "kind": manifest.kind,
            "system": manifest.system,
            "dataset": manifest.dataset,
            "contract": contract.name,
        }

    def run(self, outcome: Checked | None, as_of: datetime) -> LedgerLine:
        if outcome is None:
            open_tombstones(self._con, self._manifest, self._manifest.folder(self._writer.settings))
        else:
            open_staged(self._con, self._manifest, outcome, self._contract)
        for name in ("delivered", "current_rows", "overtaken", "only_rejected", "verdicts"):
            self._execute(name)
        terms = self._count()
        tokenise_rows(self._con, self._writer.settings)
        for name in ("rejected_rows", "waiting", "touched"):
            self._execute(name)
        self._touch()
        self._change(terms)
        self._record_issues(outcome.fired if outcome is not None else {})
        keep_drift(self._con, self._manifest, outcome.changes if outcome is not None else ())
        return self.write_line(terms, as_of)

    def _execute(self, name: str) -> None:
        shared = ", ".join(f"r.{column.name}" for column in shared_columns(self._contract))
        sql = statements("merge.sql")[name].replace("{table}", self._contract.name).replace("{shared}", shared)
        run(self._con, sql, self._values)

    def _number(self, sql: str) -> int:
        return int(self._con.execute(sql).fetchall()[0][0])

    def _count(self) -> dict[str, int]:
        counted = dict(self._con.execute("SELECT verdict, count(*) FROM verdicts GROUP BY verdict").fetchall())
        counted["rejected"] = self._number("SELECT count(*) FROM rejected")
        terms = {term: int(counted.get(term, 0)) for term in TERMS}
        if sum(terms.values()) != self._manifest.landed:
            raise BalanceError(self._manifest, terms)
        return terms

    def _touch(self) -> None:
        if self._number("SELECT count(*) FROM touched"):
            self._execute("touch")
        if self._number("SELECT count(*) FROM touched WHERE is_rejudged"):
            self._execute("rejudge")

    def _change(self, terms: dict[str, int]) -> None:
        if self._number("SELECT count(*) FROM verdicts WHERE is_current AND verdict IN ('loaded', 'deleted')"):
            self._execute("leave")
        if terms["loaded"]:
            slices = "SELECT DISTINCT position // $slice FROM verdicts WHERE verdict = 'loaded' ORDER BY ALL"
            for (number,) in self._con.execute(slices, {"slice": SLICE}).fetchall():
                self._load(number * SLICE, (number + 1) * SLICE - 1)
            self._execute("history")
        if terms["deleted"]:
            self._execute("history_deletions")

    def _load(self, first: int, last: int) -> None:
        """Write the records of these positions, and what the vault keeps of them."""
        self._con.execute(statements("merge.sql")["changed"].format(first=first, last=last))
        tokenise(self._con, self._writer.settings, tokenised(self._contract))
        run(self._con, self._insert_record(), self._values)
        if texts := vaulted(self._contract):
            names = ", ".join(["source_id", "record_hash", *(text.name for text in texts)])
            run(
                self._con,
                f"INSERT INTO vault.{self._contract.name} BY NAME"
                f" SELECT $system AS system, $load_id AS load_id, {names} FROM changed",
                self._values,
            )
        self._con.execute("DROP TABLE temp.delivery_tokens")

    def _insert_record(self) -> str:
        """The insert of changed rows: personal columns leave as token and mask, address and text stay behind, and so do
        the numbers of persons in other texts."""
        selected: list[str] = []
        joins: list[str] = []
        public = worded(self._contract)
        for column in self._contract.columns:
            if column.personal in VAULTED:
                continue
            if column.personal not in TOKENISED:
                shown = f"worded_mask(s.{column.name}) AS {column.name}" if column in public else f"s.{column.name}"
                selected.append(shown)
                continue
            token = f"token_of_{column.name}"
            selected.append(f"{token}.token AS {column.name}_token")
            selected.append(f"{mask(self._contract, column, 's')} AS {column.name}_mask")
            joins.append(
                f"LEFT JOIN delivery_tokens AS {token}"
                f" ON {token}.kind = '{column.personal}' AND {token}.value = s.{column.name}"
            )
        statement = statements("merge.sql")["record"]
        statement = statement.replace("{table}", self._contract.name).replace("{selected}", ", ".join(selected))
        return statement.replace("{joins}", "\n".join(joins))

    def _record_issues(self, fired: dict[str, int]) -> None:
        rule_facts(self._con, self._contract, fired)
        self._execute("issues")
        self._execute("counted_issues")

    def write_line(self, terms: dict[str, int], as_of: datetime) -> LedgerLine:
        manifest = self._manifest
        line = LedgerLine(
            load_id=manifest.load_id,
            kind=manifest.kind,
            system=manifest.system,
            dataset=manifest.dataset,
            contract=self._contract.name,
            declared=manifest.declared,
            landed=manifest.landed,
            **terms,
            balance=manifest.landed - sum(terms.values()),
            as_of=as_of,
            merged_at=self._writer.settings.clock(),
        )
        self._values |= line.as_dict()
        self._values |= {
            "since": manifest.since,
            "files": sorted({part.original_name for part in manifest.parts if part.original_name}),
            "landed_at": manifest.completed_at,
        }
        self._execute("loads")
        return line
