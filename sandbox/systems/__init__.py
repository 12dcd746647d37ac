"""How each department writes a report down: its field names, codes and date styles."""
