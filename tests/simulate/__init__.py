"""Simulations: toy models of what people do, to compare ways of leading them."""
