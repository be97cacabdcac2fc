"""Plans: what a model needs on a machine, how fast it is, and the command that starts it. No Qt, no guesses."""
