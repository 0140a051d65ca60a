"""The engine's tables and the only code that knows database dialects."""
