"""The only code that speaks SpiffWorkflow: BPMN bytes to checked specifications, specifications to running tokens.

`parser.parse` reads and checks all diagrams of a bundle; `runner.Execution` runs one process instance in memory and
reports what it waits for; `codec` turns its state into bytes. Nothing here knows a database.
"""
