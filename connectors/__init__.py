"""How to reach a department system: one subpackage per family of sources, one declaration per system."""
