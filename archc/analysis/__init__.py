"""Figures about a network: pure functions over the graph."""
