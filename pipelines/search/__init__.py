"""Beam search over any decoder that writes step by step."""
