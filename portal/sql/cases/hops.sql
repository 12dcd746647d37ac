-- Each time that a report of the case was sent on, in order.
SELECT h.*, s.title AS system_title, reason.label AS return_reason
FROM {core.transfer_hops} AS h
LEFT JOIN {ref.systems} AS s ON s.system = h.system
LEFT JOIN {ref.codes} AS reason ON reason.list = 'return_reason' AND reason.code = h.return_reason_code
WHERE h.case_code = $code
ORDER BY h.hop_no
