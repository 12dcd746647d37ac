"""From a department's interface document to a declaration that can be trusted: new, discover, probe."""
