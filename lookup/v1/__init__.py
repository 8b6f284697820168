"""Generated from protos/lookup/v1: messages and service stubs."""
