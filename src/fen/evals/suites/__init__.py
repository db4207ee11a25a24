"""The suites: one file each, with its `SUITE`, or its `SUITES` where several share their questions' form."""
