"""Weights as arrays: files of them, and how they start. Needs numpy, imported where used."""
