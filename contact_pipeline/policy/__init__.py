"""The policy file: the rules of the data, read once and handed on."""
