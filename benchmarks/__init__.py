"""Speed and memory, measured on running software; `make bench AREA=collect` runs one area."""
