"""Pages: a view translates in, makes one call, translates out."""
