"""Models of several files that others publish on the Hugging Face Hub."""
