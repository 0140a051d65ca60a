"""The licence services, one module each: what a service asks, decides by, and does to the register."""
