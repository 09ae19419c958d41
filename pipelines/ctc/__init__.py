"""What handwriting and speech share: symbols, and reading the output of a CTC network."""
