"""Name, date and identifier matching: pure functions over records, without any I/O."""
