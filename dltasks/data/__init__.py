"""Where examples come from, whether they are sound, and how they reach the network."""
