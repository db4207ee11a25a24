"""What Fen costs to run: programs that measure it beside other gateways, on one machine, in one run."""
