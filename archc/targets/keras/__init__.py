"""Keras source: see `archc.targets.keras.file`."""
