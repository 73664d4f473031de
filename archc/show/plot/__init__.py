"""Plots as SVG and PNG: lines over axes, and bars. Knows nothing of networks."""
