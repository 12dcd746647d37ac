"""Speed and memory beside the physical limit of the same work; `make bench` runs them all."""
