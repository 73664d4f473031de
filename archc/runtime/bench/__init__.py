"""The executor beside other engines: each in a process of its own, measured by turns.

    comparison = compare(network, job, ["eager", "onnxruntime"], 15, 0.4, tell, command)
    comparison.ratio(comparison.engines[1]).median

`engines` says how each engine runs a network, `process` runs one in a process of its own,
`comparison` measures them by turns, and `profile` times the executor's instructions one by one.
"""
