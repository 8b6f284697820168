"""Results become messages: hits with their reasons, outcomes, receipts, sources."""

from __future__ import annotations

from typing import TypeVar

from google.protobuf.duration_pb2 import Duration

from adapters.base import Status as SourceState
from lookup.audit.receipt import Receipt
from lookup.convert import records
from lookup.encounter import Asked
from lookup.hits import Hit, Result
from lookup.languages.sentences import explanation
from lookup.outcome import Outcome, Status
from lookup.sources import Source
from lookup.v1 import lookup_service_pb2 as pb
from matching.evidence import Evidence
from matching.explain import reason_of
from matching.merge import Attribute, Entity
from matching.record import Record

RECEIPT_FIELD = pb.CheckResponse.DESCRIPTOR.fields_by_name["receipt"].number

Response = TypeVar("Response", pb.CheckResponse, pb.StreamCheckResponse)


def answer(asked: Asked, result: Result) -> bytes:
    """The exact bytes of a `CheckResponse`, without its receipt."""
    return _filled(pb.CheckResponse(), asked, result).SerializeToString(deterministic=True)


def snapshot(asked: Asked, result: Result) -> bytes:
    """The exact bytes of a `StreamCheckResponse`, without its receipt."""
    message = _filled(pb.StreamCheckResponse(), asked, result)
    message.sequence = result.sequence
    message.final = result.final
    return message.SerializeToString(deterministic=True)


def with_receipt(receipt: Receipt) -> bytes:
    """The recorded answer followed by its receipt: the bytes that are sent."""
    proof = pb.CheckResponse(
        receipt=pb.Receipt(
            entry=receipt.entry,
            index=receipt.index,
            tree_size=receipt.tree_size,
            hashes=receipt.hashes,
            checkpoint=receipt.checkpoint.decode(),
        )
    )
    return receipt.answer + proof.SerializeToString(deterministic=True)


def _filled(message: Response, asked: Asked, result: Result) -> Response:
    message.query_id = result.query_id
    message.verdict = pb.Verdict.Value(f"VERDICT_{result.verdict.value}")
    message.omitted_hits = result.omitted
    message.hits.extend(_hit(asked, hit, result) for hit in result.hits)
    message.outcomes.extend(_outcome(outcome) for outcome in result.outcomes)
    message.notices.extend(
        pb.Notice(code=n.code, field=n.field, message=n.message) for n in result.notices
    )
    return message


def _hit(asked: Asked, hit: Hit, result: Result) -> pb.Hit:
    ages = {outcome.source: outcome.as_of for outcome in result.outcomes}
    scored = hit.best.scored
    return pb.Hit(
        hit_id=hit.hit_id,
        probability=scored.comparison.probability,
        similarity=scored.comparison.similarity,
        band=pb.Band.Value(f"BAND_{scored.band.name}"),
        subject_index=hit.subject_index,
        entity=_entity(hit),
        records=[
            records.record_message(m.scored.record, m.source, ages.get(m.source))
            for m in hit.entity.members
        ],
        evidence=[_evidence(asked, item) for item in scored.comparison.evidence],
        warnings=hit.warnings,
        instruction=hit.instruction,
        must_confirm_with=hit.owners,
    )


def _entity(hit: Hit) -> pb.Entity:
    entity: Entity = hit.entity
    return pb.Entity(
        entity_id=entity.entity_id,
        label=entity.label,
        attributes=[_attribute(attribute) for attribute in entity.attributes],
        merge_reasons=[
            pb.MergeReason(
                left=_provenance(reason.left),
                right=_provenance(reason.right),
                rule=reason.rule,
                probability=reason.probability,
            )
            for reason in entity.reasons
        ],
    )


def _attribute(attribute: Attribute) -> pb.Attribute:
    return pb.Attribute(
        field=attribute.field,
        value=attribute.value,
        provenance=[_provenance(key) for key in attribute.provenance],
        conflicting=attribute.conflicting,
    )


def _provenance(key: tuple[str, str]) -> pb.Provenance:
    return pb.Provenance(source=key[0], record_id=key[1])


def _evidence(asked: Asked, item: Evidence) -> pb.Evidence:
    message = pb.Evidence(
        feature=item.feature,
        outcome=item.outcome,
        query_value=item.query_value,
        record_value=item.record_value,
        similarity=item.similarity,
        log_odds=item.log_odds,
        explanation=explanation(reason_of(item), asked.context.language),
    )
    if asked.options.explain:
        message.token_pairs.extend(
            pb.TokenPair(
                rule=pair.rule,
                query_token=pair.query,
                record_token=pair.record,
                similarity=pair.similarity,
                weight=pair.weight,
            )
            for pair in item.detail
        )
    return message


def record(source_name: str, found: Record) -> bytes:
    """The exact bytes of a `GetRecordResponse`."""
    message = pb.GetRecordResponse(record=records.record_message(found, source_name))
    return message.SerializeToString(deterministic=True)


def status(value: Status) -> pb.SourceStatus.ValueType:
    """An outcome as a message value."""
    return pb.SourceStatus.Value(f"SOURCE_STATUS_{value.value}")


def _outcome(outcome: Outcome) -> pb.SourceOutcome:
    return pb.SourceOutcome(
        source=outcome.source,
        status=status(outcome.status),
        complete=outcome.complete,
        latency=records.duration(outcome.latency),
        as_of=records.timestamp(outcome.as_of),
        candidates=outcome.candidates,
        reason=outcome.reason,
        version=outcome.version,
        touched=outcome.touched,
        required=outcome.required,
    )


def source(configured: Source, state: SourceState, condition: Status) -> pb.Source:
    """A configured source with what it holds now."""
    sheet = configured.adapter.capabilities
    bound: Duration | None = None
    if configured.max_age is not None:
        bound = records.duration(configured.max_age.total_seconds())
    return pb.Source(
        name=configured.name,
        kind=configured.settings.kind,
        subject_kinds=sorted(records.kind_message(kind) for kind in sheet.kinds),
        required=configured.settings.required,
        partial=sheet.partial,
        status=status(condition),
        records=state.records or 0,
        version=state.version,
        as_of=records.timestamp(state.as_of),
        rejected_rows=state.rejected,
        max_age=bound,
        note=configured.settings.suspended or state.note,
    )
