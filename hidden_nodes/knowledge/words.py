"""What is said where no sentence describes a node."""

NOTHING = "no concept we tried describes it"
