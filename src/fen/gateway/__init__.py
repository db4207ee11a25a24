"""The only room that calls models: a request in, an answered, priced and recorded reply out."""

from fen.gateway.admission import identify
from fen.gateway.call import Call, Caller, Parts, Reply
from fen.gateway.pipeline import STAGES, Pipeline

__all__ = ["STAGES", "Call", "Caller", "Parts", "Pipeline", "Reply", "identify"]
