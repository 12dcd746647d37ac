"""Where the cases live: landing, the encrypted build file, the merge, and the published copies."""
