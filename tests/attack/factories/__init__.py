"""What the attack plants: one file for each domain. See ``tests/attack/planter.py``."""
