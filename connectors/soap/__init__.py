"""Systems that answer over SOAP."""
