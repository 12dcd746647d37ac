"""What runs, in which order: the pipeline and the command line."""
