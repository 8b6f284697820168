"""The check digits of a machine-readable zone, each with what is printed and what is computed."""

from dataclasses import dataclass

from matching.mrz_layout import Layout, Span, after, check_digit, cut

FILLER = "<"


@dataclass(frozen=True, slots=True)
class CheckDigit:
    """One check digit.

    `field` is document_number, document_number(long), birth, expiry, personal_number or composite;
    `over` the characters it covers. `computed_including_filler` is set for long numbers only: some
    issuers count the filler that marks the long form, and either digit is right.
    """

    field: str
    over: str
    printed: str
    computed: str
    ok: bool
    computed_including_filler: str = ""


@dataclass(frozen=True, slots=True)
class LongNumber:
    """A document number of more than 9 characters, continued in the optional field.

    `rest` is the continuation, `printed` its check digit, `optional` what follows it.
    """

    head: str
    rest: str
    printed: str
    optional: str


def long_number(lines: tuple[str, ...], layout: Layout) -> LongNumber | None:
    """The long document number of a TD1 or TD2 document, None if the number is a short one.

    A filler in place of the check digit marks it (ICAO 9303-5 §4.2.2 note j, 9303-6).
    """
    if layout.composite is None or layout.personal_number:
        return None
    head, optional = cut(lines, layout.number), cut(lines, layout.optional)
    tail, _, remainder = optional.partition(FILLER)
    if cut(lines, after(layout.number)) != FILLER or head.endswith(FILLER) or len(tail) < 2:
        return None
    return LongNumber(head, tail[:-1], tail[-1], remainder.rstrip(FILLER))


def checks(lines: tuple[str, ...], layout: Layout) -> tuple[CheckDigit, ...]:
    """Every check digit of the zone, in the order of the fields."""
    found = [
        _number(lines, layout),
        field_check(lines, "birth", layout.birth),
        field_check(lines, "expiry", layout.expiry),
    ]
    if layout.personal_number:
        found.append(field_check(lines, "personal_number", layout.optional))
    composite = composite_check(lines, layout)
    return (*found, composite) if composite else tuple(found)


def field_check(lines: tuple[str, ...], field: str, span: Span) -> CheckDigit:
    """The check digit that follows `span`.

    An empty personal number may have a filler in its place (ICAO 9303-4 §4.2.2).
    """
    over, printed = cut(lines, span), cut(lines, after(span))
    computed = check_digit(over)
    empty = field == "personal_number" and printed == FILLER and not over.strip(FILLER)
    return CheckDigit(field, over, printed, computed, printed == computed or empty)


def composite_check(lines: tuple[str, ...], layout: Layout) -> CheckDigit | None:
    """The check digit over all numbered and dated fields; visas have none."""
    if layout.composite is None:
        return None
    over = "".join(cut(lines, span) for span in layout.composite_over)
    printed, computed = cut(lines, layout.composite), check_digit(over)
    return CheckDigit("composite", over, printed, computed, printed == computed)


def _number(lines: tuple[str, ...], layout: Layout) -> CheckDigit:
    long = long_number(lines, layout)
    if long is None:
        return field_check(lines, "document_number", layout.number)
    plain = check_digit(long.head + long.rest)
    with_filler = check_digit(long.head + FILLER + long.rest)
    return CheckDigit(
        "document_number(long)",
        long.head + long.rest,
        long.printed,
        plain,
        long.printed in {plain, with_filler},
        with_filler,
    )
