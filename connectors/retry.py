"""Trying again: pauses with full jitter, or as long as the source asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from connectors.errors import ConnectorError

T = TypeVar("T")

LONGEST_PAUSE = 120.0
"""Seconds. A source that asks for more has its load fail now and be tried at the next turn of its schedule."""

# Full jitter: a random share of a pause that doubles, so that many clients do not come back together.
_jitter = wait_random_exponential(multiplier=0.25, max=20)


def retried(call: Callable[[], T], attempts: int) -> T:
    """The outcome of `call`, tried again while it raises a retryable ConnectorError, `attempts` times in all."""
    return Retrying(stop=stop_after_attempt(attempts), wait=_pause, retry=retry_if_exception(_worth_it), reraise=True)(
        call
    )


def _worth_it(error: BaseException) -> bool:
    return isinstance(error, ConnectorError) and error.retryable and (error.retry_after or 0) <= LONGEST_PAUSE


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, ConnectorError) else None
    return asked if asked is not None else _jitter(state)
