"""youth_hotline, and departments that do as it does, answer a real SOAP client."""

from __future__ import annotations

from typing import Any

import pyarrow.parquet as pq
import pytest
import requests
import zeep
from zeep.wsse.username import UsernameToken

from sandbox.soil.slips import FOR_EVER, NO_SUCH_DAY


def client(
    province: Any, system: str = "youth_hotline", *, digest: bool = True, password: str | None = None
) -> Any:  # fmt: skip
    sign_in = province.sign_in(system)
    token = UsernameToken(sign_in["login"], password or sign_in["password"], use_digest=digest)
    return zeep.Client(province.env()[f"{system.upper()}_URL"] + "?wsdl", wsse=token)


@pytest.mark.parametrize("digest", [True, False])
def test_pages_hold_every_call_once(province: Any, digest: bool) -> None:
    service = client(province, digest=digest).service
    calls: list[Any] = []
    while True:
        answer = service.QueryCalls(PageNo=len(calls) // 10 + 1, PageSize=10)
        assert answer.ResultCode == "0"
        page = answer.Calls.Call if answer.Calls else []
        calls += page
        if len(page) < 10:
            break
    assert len({call.CallId for call in calls}) == len(calls) == answer.TotalCount > 0
    assert {call.KindCode for call in calls} >= {"JF", "ZX"}


def test_times_bound_the_answer(province: Any) -> None:
    service = client(province).service
    part = service.QueryCalls(BeginTime="2025-01-01 00:00:00", EndTime="2026-01-01 00:00:00", PageNo=1, PageSize=200)
    times = [call.UpdateTime for call in part.Calls.Call if call.UpdateTime not in (NO_SUCH_DAY, FOR_EVER)]  # dirt
    assert times
    assert all("2025" <= time < "2026" for time in times)
    assert service.QueryCalls(PageNo=0, PageSize=10).ResultCode == "1001"
    assert service.Ping()


def test_a_wrong_password_is_a_fault(province: Any) -> None:
    with pytest.raises(zeep.exceptions.Fault, match="could not be authenticated"):
        client(province, password="wrong").service.Ping()


def test_what_is_not_xml_is_the_callers_fault(province: Any) -> None:
    answer = requests.post(province.env()["YOUTH_HOTLINE_URL"], b"<nothing", timeout=5)
    assert answer.status_code == 500
    assert b"soap:Client" in answer.content


def test_a_department_lists_its_changes_and_tells_of_one_person_at_a_time(province: Any, tmp_path: Any) -> None:
    service = client(province, "court_filings").service
    filings = service.QueryCaseFiling(PageNo=1, PageSize=200)
    assert filings.TotalCount == len(filings.Records.Record) > 0
    assert all(one.FilingNo.startswith("LA") for one in filings.Records.Record if one.FilingNo)

    province.run("truth", "--out", str(tmp_path))
    people = pq.read_table(tmp_path / "people.parquet").to_pylist()
    codes = {"00": 0, "01": 0, "98": 0}
    for who in people:
        answer = service.QueryConfirmation(IdNo=who["id_no"])
        codes[answer.ResultCode] += 1
        if answer.ResultCode == "00":
            (entry,) = answer.Items.Item
            assert entry.PartyName == who["name"]
    assert 0.15 < codes["00"] / len(people) < 0.35
    assert codes["98"] > 0, "some are secret"
    assert service.QueryConfirmation(IdNo="110105194912310021").ResultCode == "01", "nobody"
