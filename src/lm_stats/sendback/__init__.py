"""Send-back: the office's own workbook with the problem cells marked, and what changed when it came back.

Here belongs what is said to the staff of an office about the cells of their own files: the workbook that goes
back to them, its words, its lists of valid words, and the list of cells that differ between two versions. What is
wrong with a row is found out by `harmonise`, and the cells come from the stored files by way of `stage`; nothing is
judged here. The workbook shows raw cells and is for the office that sent them; nothing else made here does.
"""

from lm_stats.sendback.changes import count_changes, describe_changes, list_changes
from lm_stats.sendback.choices import valid_words
from lm_stats.sendback.warned import describe_warnings
from lm_stats.sendback.workbook import SendbackSummary, write_sendback

__all__ = [
    "SendbackSummary",
    "count_changes",
    "describe_changes",
    "describe_warnings",
    "list_changes",
    "valid_words",
    "write_sendback",
]
