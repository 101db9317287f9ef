"""What is asked: question kinds, rounds, and the frozen versions of each form."""
