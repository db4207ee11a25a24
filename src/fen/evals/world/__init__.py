"""A small world with tools: a calendar, a shop and files, where what a model does can be checked."""
