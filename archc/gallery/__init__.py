"""Pages about networks: table, diagram, figures, spec and code, each as its command makes it."""

from __future__ import annotations

from archc.gallery.index import index_page
from archc.gallery.page import Subject, pages

__all__ = ["Subject", "index_page", "pages"]
