"""What instructions become: one table of rules per library, the plain one behind all others.

A rule takes an instruction and its tensors and gives a function of the instruction's inputs
(and of ``plus``, last). It returns None for what it cannot do.
"""
