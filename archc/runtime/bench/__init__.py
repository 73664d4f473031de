"""The executor beside other engines: each in a process of its own, measured by turns.

found = compare(job, ["eager", "onnxruntime"], rounds=15, seconds=0.4)
found.ratios["eager"].median
"""
