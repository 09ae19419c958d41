"""Blocks that several networks use; layers and `keras.ops` only."""
