"""For whoever is given declarations of its own, in a process that has read others."""

from hub import catalogue, crosswalks


def forget_declarations() -> None:
    """Read the declarations, and what follows from them, anew when they are asked for next."""
    for kept in (catalogue._loaded, catalogue._compiled, catalogue.record_rules, crosswalks.uses):
        kept.cache_clear()
