"""What developers and `make` call: no stage, and no part of one."""
