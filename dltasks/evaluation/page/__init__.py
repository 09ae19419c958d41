"""Reports as HTML: one file, which needs nothing else and runs nothing."""
