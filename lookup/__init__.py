"""The gateway: one query over gRPC, every source asked in parallel, one explained answer."""
