"""Undo confusions of letters and digits in a machine-readable zone where its check digits agree."""

from dataclasses import dataclass

from matching.mrz_checks import checks, composite_check
from matching.mrz_layout import Layout, Span, check_digit, cut

TO_DIGIT = str.maketrans("OQDIZSBG", "00012586")
"""Letters that stand for a digit where only digits can be."""

_SWAPS = dict(zip("OIZSBG012586", "012586OIZSBG", strict=True))


@dataclass(frozen=True, slots=True)
class Repair:
    """One field that was changed, with its text (check digit included) before and after.

    `line` and `column` count from 1.
    """

    field: str
    line: int
    column: int
    before: str
    after: str


def repaired(lines: tuple[str, ...], layout: Layout) -> tuple[tuple[str, ...], tuple[Repair, ...]]:
    """The lines with confused characters set right, and what was done.

    Dates and check digits hold digits only, so a letter there is a misreading. Numbers may hold
    both; there one character is exchanged, and only if a single exchange makes the number's check
    digit right and the composite one stays right with it, which excludes a misread check digit.
    Visas have no composite digit, so their numbers stay as printed.
    """
    repairs: list[Repair] = []
    for field, span in (("birth", layout.birth), ("expiry", layout.expiry)):
        lines = _numeric(lines, field, span, repairs)
    for field, span in _numbers(layout):
        lines = _alphanumeric(lines, layout, (field, span), repairs)
    return _composite(lines, layout, repairs), tuple(repairs)


def _numbers(layout: Layout) -> list[tuple[str, Span]]:
    numbers = [("document_number", layout.number)]
    return [*numbers, ("personal_number", layout.optional)] if layout.personal_number else numbers


def _numeric(
    lines: tuple[str, ...], field: str, span: Span, repairs: list[Repair]
) -> tuple[str, ...]:
    whole = (span[0], span[1], span[2] + 1)
    text = cut(lines, whole)
    fixed = text.translate(TO_DIGIT)
    if check_digit(text[:-1]) == text[-1] or check_digit(fixed[:-1]) != fixed[-1]:
        return lines
    return _put(lines, field, whole, fixed, repairs)


def _alphanumeric(
    lines: tuple[str, ...], layout: Layout, named: tuple[str, Span], repairs: list[Repair]
) -> tuple[str, ...]:
    field, span = named
    own = next(c for c in checks(lines, layout) if c.field.startswith(field))
    if own.ok or own.field != field:
        return lines
    whole = (span[0], span[1], span[2] + 1)
    text = cut(lines, whole)
    digit = text[-1].translate(TO_DIGIT)
    if digit == own.computed:
        return _put(lines, field, whole, text[:-1] + digit, repairs)
    found = [t for t in _exchanges(text[:-1], digit) if _confirmed(lines, layout, whole, t)]
    return _put(lines, field, whole, found[0], repairs) if len(found) == 1 else lines


def _exchanges(text: str, digit: str) -> list[str]:
    tries = [text[:i] + _SWAPS[c] + text[i + 1 :] for i, c in enumerate(text) if c in _SWAPS]
    return [t + digit for t in tries if check_digit(t) == digit]


def _confirmed(lines: tuple[str, ...], layout: Layout, whole: Span, text: str) -> bool:
    composite = composite_check(_replaced(lines, whole, text), layout)
    return composite is not None and composite.printed.translate(TO_DIGIT) == composite.computed


def _composite(lines: tuple[str, ...], layout: Layout, repairs: list[Repair]) -> tuple[str, ...]:
    check = composite_check(lines, layout)
    if check is None or check.ok or check.printed.translate(TO_DIGIT) != check.computed:
        return lines
    assert layout.composite is not None
    return _put(lines, "composite", layout.composite, check.computed, repairs)


def _put(
    lines: tuple[str, ...], field: str, span: Span, text: str, repairs: list[Repair]
) -> tuple[str, ...]:
    repairs.append(Repair(field, span[0] + 1, span[1] + 1, cut(lines, span), text))
    return _replaced(lines, span, text)


def _replaced(lines: tuple[str, ...], span: Span, text: str) -> tuple[str, ...]:
    line, start, end = span
    changed = lines[line][:start] + text + lines[line][end:]
    return (*lines[:line], changed, *lines[line + 1 :])
