"""Keras to graphs to a sealed bundle."""
