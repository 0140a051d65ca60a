"""Benches. One module a subject, with a function `bench(rounds)`, listed in `SUBJECTS` of `__main__`. None gates."""
