"""The commands of `fen eval`, one file each."""
