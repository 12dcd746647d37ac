"""Check every data contract against the JSON Schema of ODCS v3.1.0, as `datacontract lint` does, in one process.

`make contracts` runs it in the environment beside it. The JSON Schema is the one inside the locked datacontract-cli,
so nothing is fetched. Exit status 1 when a contract is wrong; each error names file, place and rule of the standard.
"""

from __future__ import annotations

import logging
import sys
from importlib import resources
from pathlib import Path

from datacontract.data_contract import DataContract

CONTRACTS = Path(__file__).resolve().parent.parent / "contracts"
ODCS = "odcs-3.1.0.schema.json"


def main() -> int:
    """Lint the files named on the command line, or every contract; prints one line a file and one an error."""
    logging.disable(logging.CRITICAL)  # the linter logs each error as well as returning it
    paths = [Path(name) for name in sys.argv[1:]] or sorted(CONTRACTS.glob("*.odcs.yaml"))
    schema = resources.files("datacontract").joinpath("schemas", ODCS)
    wrong = 0
    for path in paths:
        run = DataContract(data_contract_file=str(path), schema_location=str(schema), all_errors=True).lint()
        errors = [check.reason for check in run.checks or [] if check.result != "passed"]
        wrong += bool(errors)
        print(f"{'wrong' if errors else 'valid'}  {path.name}", *(f"  {error}" for error in errors), sep="\n")  # noqa: T201
    return 1 if wrong or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
