"""Rewrites of the graph: one per file, each a frozen value that maps a network to another."""
