"""Delivery: REST API, pages and command line. Decides nothing; it parses, asks, and answers."""
