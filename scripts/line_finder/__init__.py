"""Make the network that finds lines on pages, and measure it on pages as people photograph them."""
