"""PyTorch source: see `archc.targets.torch.file`."""
