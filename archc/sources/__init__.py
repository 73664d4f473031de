"""What becomes a spec: tables as people have them."""
