"""The arithmetic of customer engagement over arrays: what SQL does not say well.

A pure library of numpy, numba, scipy and Arrow. It knows nothing of the rest of Kizuna, so that it can be sent to
the machines of a cluster as it is. What an engine runs over events is called a *kernel*: a function from a table of
rows, in any order, to a table of results, that is given all rows of whomever it is given any of.
"""
