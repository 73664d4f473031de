"""Rewrites of the graph and of programs, in files by what they are for.

A pass is a frozen value that maps a network (or a program) to another; `pipeline` has the order.
"""
