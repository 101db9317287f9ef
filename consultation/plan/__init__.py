"""What is consulted on: the plan, its measures and their indicators."""
