"""What other tools need for the same answers, each in a process of its own."""
