"""Every decision of an engineer, one dataclass each."""
