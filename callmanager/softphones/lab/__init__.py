"""The laboratory: a program that stands for InterPhone and calls nobody, for the demo, for training and for tests."""
