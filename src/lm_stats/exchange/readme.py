"""What an export says of itself to the people who load it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from lm_stats.exchange.values import Sent, rows_sent
from lm_stats.spec import SYNTHETIC_STATEMENT, Flow, Indicator, Rate, Recipient

_LISTED = 40


def readme(
    recipient: Recipient,
    sent: Sequence[Sent],
    empty: Sequence[Flow],
    indicators: Mapping[str, Indicator],
) -> str:
    """The text of README.md.

    Args:
        recipient: Who loads the export.
        sent: What is sent.
        empty: Dataflows that are not sent, since there are no observations for them.
        indicators: Indicators by id.

    Returns:
        Markdown.
    """
    parts = [f"# Export to {recipient.name}", *_statement(sent)]
    parts += ["## What is known of the recipient, and what is not", recipient.note or "Nothing has been noted."]
    parts += ["## Files", *_files(recipient, sent, empty, indicators)]
    parts += ["## How to read them", *_reading(recipient, sent)]
    parts += ["## What is counted", *_notes(sent, indicators)]
    parts += _codes(recipient, sent)
    return "\n\n".join(parts) + "\n"


def _statement(sent: Sequence[Sent]) -> list[str]:
    if any((one.rows["data_class"] != "real").any() for one in sent):
        return [f"**{SYNTHETIC_STATEMENT[0].upper()}{SYNTHETIC_STATEMENT[1:]}.**"]
    return []


def _files(
    recipient: Recipient,
    sent: Sequence[Sent],
    empty: Sequence[Flow],
    indicators: Mapping[str, Indicator],
) -> list[str]:
    lines = ["| file | dataflow | what | rows | hidden | values in |", "|---|---|---|---|---|---|"]
    for one in sent:
        flow = one.flow
        dataflow = f"{flow.agency or recipient.agency}:{flow.dataflow}({flow.version})"
        unit = {0: "units", 3: "thousands", 6: "millions"}.get(flow.unit_mult, f"10^{flow.unit_mult}")
        if isinstance(rate := indicators[flow.indicator].estimator, Rate):
            unit = f"{unit} per {rate.per}"
        hidden = int((one.rows["conf_status"] == "C").sum())
        title = indicators[flow.indicator].title["en"]
        lines.append(f"| {flow.dataflow}.csv | {dataflow} | {title} | {len(one.rows)} | {hidden} | {unit} |")
    written = {one.flow.dataflow for one in sent}
    known = {*written, *(flow.dataflow for flow in empty)}
    nowhere = dict.fromkeys(flow.dataflow for flow in empty if flow.dataflow not in written)
    absent = dict.fromkeys(flow.dataflow for flow in recipient.flows if flow.dataflow not in known)
    several = [name for name, count in Counter(one.flow.dataflow for one in sent).items() if count > 1]
    nothing = "There are no observations to send." if empty else "No table of this release goes to this recipient."
    said = ["\n".join(lines) if sent else nothing]
    if several:
        said.append(
            "Files that stand here more than once hold rows of several sources, told apart by `SOURCE`. Where several "
            "have an area and period, only the rows of the one named first are there, so that no cell stands twice: "
            f"{', '.join(several)}."
        )
    if nowhere:
        said.append(f"No file, because there are no observations: {', '.join(nowhere)}.")
    if absent:
        said.append(f"Not sent, because this release has no such table: {', '.join(absent)}.")
    return said


def _reading(recipient: Recipient, sent: Sequence[Sent]) -> list[str]:
    letters = "; ".join(
        f"{letter or '(empty)'}: {', '.join(ours for ours, other in recipient.obs_status.items() if other == letter)}"
        for letter in dict.fromkeys(recipient.obs_status.values())
    )
    prefixes = dict(pair for one in sent for pair in one.flow.prefixes.items())
    lines = [
        "- SDMX-CSV 1.0, UTF-8, comma, LF, one dataflow a file.",
        "- Value in units = `OBS_VALUE` times ten to the power of `UNIT_MULT`. `DECIMALS` are exact: nothing was "
        "rounded on the way here.",
        "- A hidden value is an empty `OBS_VALUE` with the letter "
        f"`{recipient.obs_status.get('Q', '')}` in `OBS_STATUS`; it is never 0.",
        f"- `OBS_STATUS`, the recipient's letter and the SDMX codes it stands for: {letters}.",
        "- `UNIT_MEASURE_TYPE` says number or rate (`PT` in `UNIT_MEASURE`: per cent). `UNIT_MEASURE` is empty where "
        "the recipient's list has no true code for what is counted; `NOTE_INDICATOR` begins with the unit of count.",
        "- `SOURCE` and the notes are cut at 150 characters; the notes stand in full below.",
        "- `NOTE_CLASSIF` explains codes that are sums beside their parts, or stand for not stated.",
    ]
    if any(len(rows_sent(one.table, recipient)) < len(one.table.frame) for one in sent):
        lines.append("- Rates of nobody (a base of 0) have no value, and are not among the rows.")
    lines += [
        f"- Codes of `{column}` carry the prefix `{prefix}`; `{prefix}TOTAL` is the sum of all."
        for column, prefix in prefixes.items()
    ]
    return ["\n".join(lines)]


def _notes(
    sent: Sequence[Sent], indicators: Mapping[str, Indicator]
) -> list[str]:
    lines = []
    for one in sent:
        indicator = indicators[one.flow.indicator]
        unit = f"Unit of count: {indicator.estimator.unit}."
        said = (unit, indicator.covers.get("en", ""), indicator.note, one.table.treatment)
        lines.append(f"- {one.flow.dataflow}: {' '.join(part for part in said if part)}")
    return ["\n".join(lines)] if lines else ["Nothing was sent."]


def _codes(recipient: Recipient, sent: Sequence[Sent]) -> list[str]:
    """Codes of classifications that are not the recipient's own."""
    parts: dict[str, str] = {}
    for one in sent:
        flow, lists = one.flow, one.lists
        if flow.agency and flow.agency != recipient.agency:
            continue
        for dimension, column in flow.dimensions.items():
            codelist = lists[dimension]
            if column in flow.prefixes or len(codelist.codes) > _LISTED or column in parts:
                continue
            rows = [f"| {entry.code} | {entry.label} | {entry.parent} |" for entry in codelist]
            parts[column] = "\n".join([f"### {column}", "", "| code | label | part of |", "|---|---|---|", *rows])
    return ["## Codes of the sender's own dataflows", *parts.values()] if parts else []
