"""Employment permits as the department publishes them: each year the same permits by nationality, sector, county and
employer, sectors and employers by month.

Maps:
    citizenship: names that are not our labels. "Congo" is the other one, because the list has "Congo, The Democratic
        Republic of the" beside it. ISO 3166 has no code for Kosovo, so that only its region is known; Tibet belongs to
        China there. Serbia and Montenegro, one state until 2006, is two today.
    economic_activity: the labels begin with the letter of their section of ISIC Rev. 4.
    district: counties of the other side of the border are no districts of the state.
"""

from lm_stats.spec import Layout, Source

_MONTH = (
    r"(?:(?:permits )?(?:issued|granted)\s*)?"
    r"(jan\w*|feb\w*|mar\w*|apr\w*|may|june?|july?|aug\w*|sep\w*|oct\w*|nov\w*|dec\w*|(?:grand )?total)"
)
_DECIDED = {
    "Issued": {"decision": "granted"},
    "Permits Issued": {"decision": "granted"},
    "Refused": {"decision": "refused"},
    "Permits Refused": {"decision": "refused"},
}
_HEADINGS = {
    "citizenship": ("Nationality", "Nationalities", "Country"),
    "economic_activity": ("Economic Sector", "Sector"),
    "district": ("County", "Counties"),
    "employer": ("Employer Name", "Employer"),
}

SOURCE = Source(
    kind="permit_counts",
    agency="XFI_DETE",
    reader="tables",
    title="Employment permits issued and refused",
    columns={},
    layouts=tuple(
        layout
        for concept, headings in _HEADINGS.items()
        for layout in (
            Layout(
                id=f"{concept}_by_decision", labels={concept: headings}, values=_DECIDED,
                constants={"breakdown": concept},
            ),
            Layout(
                id=f"{concept}_by_month", labels={concept: headings}, across="month", pattern=_MONTH,
                constants={"breakdown": concept, "decision": "granted"},
            ),
        )
    ),
    maps={
        "citizenship": "maps/citizenship.csv",
        "economic_activity": "maps/economic_activity.csv",
        "district": "maps/district.csv",
    },
    ignored=("Total", "Grand Total"),
)  # fmt: skip
