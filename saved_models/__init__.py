"""The built-in bundles, one folder each; a package only so that they are installed."""
