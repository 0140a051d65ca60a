"""Random walks on which our codec and the library's own serializer must agree. One module a duty: `sources` (what is
walked), `desks` (answers from outside), `walks` (the comparison), `__main__` (by hand, over other models too)."""
