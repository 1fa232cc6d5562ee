"""Pages: each reads, shapes and renders, and knows no other."""
