"""Estimates from samples with their errors.

Here belongs what turns records of a survey with its design into estimates, standard errors, intervals and tests.
Nothing here knows indicators, codelists or tables: data, a `Design` and names of columns come as arguments.
"""
