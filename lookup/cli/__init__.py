"""The command line; its modules import what is heavy only inside the commands that need it."""
