"""Everything that the audit trail raises.

AuditError
├── AuditUnavailable   nothing can be recorded now, so nothing may be answered
├── LogDamaged         the stored log contradicts its own signed checkpoint
├── EntryInvalid       an entry breaks a bound or the canonical form
├── NoteInvalid        a key, signed note or checkpoint does not parse or verify
├── ProofInvalid       a Merkle proof does not lead to the stated root
└── ReceiptInvalid     a receipt fails one named step of its verification
"""


class AuditError(Exception):
    """Base of every error of the audit trail."""


class AuditUnavailable(AuditError):
    """Nothing can be recorded now; a check that cannot be recorded is not answered."""


class LogDamaged(AuditError):
    """The stored log contradicts its own last signed checkpoint."""


class EntryInvalid(AuditError):
    """An entry breaks a size bound, a field rule or the canonical form."""


class NoteInvalid(AuditError):
    """A key, a signed note or a checkpoint does not parse or does not verify."""


class ProofInvalid(AuditError):
    """A Merkle proof does not lead to the stated root."""


class ReceiptInvalid(AuditError):
    """A receipt failed the verification step named in `step`."""

    def __init__(self, step: str, reason: str) -> None:
        """Name the failed step (form, checkpoint, inclusion, entry or answer) and why."""
        super().__init__(f"{step}: {reason}")
        self.step = step
