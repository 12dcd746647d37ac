"""What is declared and shared: contracts, code lists, crosswalks, divisions, declarations."""
