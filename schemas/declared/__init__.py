"""The closed vocabulary of a system's declaration, one module per family of sources."""
