"""One module a page; a page knows no other page."""
