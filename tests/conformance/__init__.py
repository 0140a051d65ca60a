"""Conformance suites: DMN TCK, BPMN traces in betsy's form, MIWG models. README.md says how they are scored."""
