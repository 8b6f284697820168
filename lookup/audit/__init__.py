"""The audit trail: a signed RFC 6962 Merkle log of every question, answer and refusal."""
