"""What an export says of itself to the people who load it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lm_stats.exchange.values import rows_sent
from lm_stats.handover import Protected
from lm_stats.spec import SYNTHETIC_STATEMENT, Codelist, Flow, Indicator, Rate, Recipient

_LISTED = 40


def readme(
    recipient: Recipient,
    sent: Sequence[tuple[Flow, Protected, Mapping[str, Codelist]]],
    empty: Sequence[Flow],
    indicators: Mapping[str, Indicator],
) -> str:
    """The text of README.md.

    Args:
        recipient: Who loads the export.
        sent: What is sent: dataflow, table, and the codelist of each of its dimensions.
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


def _statement(sent: Sequence[tuple[Flow, Protected, Mapping[str, Codelist]]]) -> list[str]:
    if any((table.frame["data_class"] != "real").any() for _, table, _ in sent):
        return [f"**{SYNTHETIC_STATEMENT[0].upper()}{SYNTHETIC_STATEMENT[1:]}.**"]
    return []


def _files(
    recipient: Recipient,
    sent: Sequence[tuple[Flow, Protected, Mapping[str, Codelist]]],
    empty: Sequence[Flow],
    indicators: Mapping[str, Indicator],
) -> list[str]:
    lines = ["| file | dataflow | what | rows | hidden | values in |", "|---|---|---|---|---|---|"]
    for flow, table, _ in sent:
        dataflow = f"{flow.agency or recipient.agency}:{flow.dataflow}({flow.version})"
        unit = {0: "units", 3: "thousands", 6: "millions"}.get(flow.unit_mult, f"10^{flow.unit_mult}")
        if isinstance(rate := indicators[flow.indicator].estimator, Rate):
            unit = f"{unit} per {rate.per}"
        hidden = int((table.frame["conf_status"] == "C").sum())
        title = indicators[flow.indicator].title["en"]
        rows = len(rows_sent(table, recipient))
        lines.append(f"| {flow.dataflow}.csv | {dataflow} | {title} | {rows} | {hidden} | {unit} |")
    known = {flow.indicator for flow in (*(flow for flow, _, _ in sent), *empty)}
    absent = [flow.dataflow for flow in recipient.flows if flow.indicator not in known]
    nothing = "There are no observations to send." if empty else "No table of this release goes to this recipient."
    said = ["\n".join(lines) if sent else nothing]
    if empty:
        said.append(f"No file, because there are no observations: {', '.join(flow.dataflow for flow in empty)}.")
    if absent:
        said.append(f"Not sent, because this release has no such table: {', '.join(absent)}.")
    return said


def _reading(recipient: Recipient, sent: Sequence[tuple[Flow, Protected, Mapping[str, Codelist]]]) -> list[str]:
    letters = "; ".join(
        f"{letter or '(empty)'}: {', '.join(ours for ours, other in recipient.obs_status.items() if other == letter)}"
        for letter in dict.fromkeys(recipient.obs_status.values())
    )
    prefixes = dict(pair for flow, _, _ in sent for pair in flow.prefixes.items())
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
    if any(len(rows_sent(table, recipient)) < len(table.frame) for _, table, _ in sent):
        lines.append("- Rates of nobody (a base of 0) have no value, and are not among the rows.")
    lines += [
        f"- Codes of `{column}` carry the prefix `{prefix}`; `{prefix}TOTAL` is the sum of all."
        for column, prefix in prefixes.items()
    ]
    return ["\n".join(lines)]


def _notes(
    sent: Sequence[tuple[Flow, Protected, Mapping[str, Codelist]]], indicators: Mapping[str, Indicator]
) -> list[str]:
    lines = []
    for flow, table, _ in sent:
        indicator = indicators[flow.indicator]
        unit = f"Unit of count: {indicator.estimator.unit}."
        said = (unit, indicator.covers.get("en", ""), indicator.note, table.treatment)
        lines.append(f"- {flow.dataflow}: {' '.join(part for part in said if part)}")
    return ["\n".join(lines)] if lines else ["Nothing was sent."]


def _codes(recipient: Recipient, sent: Sequence[tuple[Flow, Protected, Mapping[str, Codelist]]]) -> list[str]:
    """Codes of classifications that are not the recipient's own."""
    parts: dict[str, str] = {}
    for flow, _, lists in sent:
        if flow.agency and flow.agency != recipient.agency:
            continue
        for dimension, column in flow.dimensions.items():
            codelist = lists[dimension]
            if column in flow.prefixes or len(codelist.codes) > _LISTED or column in parts:
                continue
            rows = [f"| {entry.code} | {entry.label} | {entry.parent} |" for entry in codelist]
            parts[column] = "\n".join([f"### {column}", "", "| code | label | part of |", "|---|---|---|", *rows])
    return ["## Codes of the sender's own dataflows", *parts.values()] if parts else []
