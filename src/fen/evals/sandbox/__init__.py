"""The sandbox: runs programs that a model wrote, and says how they ended."""

from fen.evals.sandbox.door import USUAL, Ending, Limits, Ran, Sandbox
from fen.evals.sandbox.process import ProcessSandbox

__all__ = ["USUAL", "Ending", "Limits", "ProcessSandbox", "Ran", "Sandbox"]
