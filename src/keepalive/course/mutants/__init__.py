"""Mutants: a reference with one change each, which the exercise's grader has to notice."""
