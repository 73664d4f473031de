"""Pages about networks: table, diagram, figures, spec and code, each as its command makes it."""

from __future__ import annotations

from archc.gallery.page import GalleryEntry, index_page, pages

__all__ = ["GalleryEntry", "index_page", "pages"]
