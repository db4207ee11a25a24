"""OpenAI's Responses format in its stateless form, answered by way of a chat completion.

Nothing is dropped silently: what a chat completion has no counterpart for is refused by its name, at any
depth; `fen.gateway.responses.fates` lists what is let pass, and why that loses nothing. What an answer says
beyond the format rides along in the member `chat`. Fen keeps no answers, so whatever would refer to one
(`previous_response_id`, `conversation`, `store`, `background`) is refused.
"""

from fen.gateway.responses.answer import write_answer
from fen.gateway.responses.ask import Ask, read_ask
from fen.gateway.responses.respond import respond
from fen.gateway.responses.writer import EventWriter

__all__ = ["Ask", "EventWriter", "read_ask", "respond", "write_answer"]
