"""FEEL texts made at random, and what must hold for every one of them: `python -m tests.fuzz` or `make fuzz`."""
