"""PyTorch source: see `archc.emit.torch.file`."""
