"""The only place where messages and domain objects meet: requests are validated here."""
