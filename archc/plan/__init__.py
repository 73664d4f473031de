"""What code for a network looks like before anybody writes it: names, classes, paths."""
