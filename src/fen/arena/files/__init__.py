"""Files of votes: JSON lines and Parquet, Fen's own columns and the published ones of LMSYS's arena."""

from fen.arena.files.reading import read_votes
from fen.arena.files.table import VoteTable
from fen.arena.files.writing import KEPT_COLUMNS, FileVote, write_ballots, write_votes

__all__ = ["KEPT_COLUMNS", "FileVote", "VoteTable", "read_votes", "write_ballots", "write_votes"]
