"""Returns (回流): a county or a department takes back the rows that concern it, as published and as scoped.

`receivers` says who takes rows and what they are shown, `comparing` what differs from what they hold, `making` writes a
return, `handing` gives it out, `acknowledging` keeps that they have it, `forgetting` takes an erased person out. What
was given to whom is in the ledger, operations.returns; decision 0016 says why it is so.
"""
