"""Speed and memory beside the physical limit of the same work and beside others; `make bench` runs them all."""
