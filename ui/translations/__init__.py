"""Texts of the window in other languages: ``update.py`` collects them, Qt Linguist translates them."""
