"""Keras source: see `archc.emit.keras.file`."""
