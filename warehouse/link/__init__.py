"""One case, one code: which reports are the same dispute, and the code that each dispute keeps."""

from warehouse.link.steps import link

__all__ = ["link"]
