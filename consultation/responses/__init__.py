"""What is answered: forms sent, stored and acknowledged."""
