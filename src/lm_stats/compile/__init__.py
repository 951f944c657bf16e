"""Translation: from a declaration to what a tool needs, one target a file.

Here belong functions that turn declarations into pandera schemas, DuckDB DDL, Arrow schemas,
lookups and pages of the dictionary. Nothing here decides anything about data.
"""
