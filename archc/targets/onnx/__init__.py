"""ONNX: the inference graph with its weights in one file."""
