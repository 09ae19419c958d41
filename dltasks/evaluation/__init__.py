"""Metrics and reports: text, JSON and PNG."""
