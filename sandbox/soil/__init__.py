"""The dirt of real exchanges: which mistakes there are, who makes them on which rows, and how they are corrected."""
