"""What verification says of a diagram, held against every state that the engine comes to with it."""
