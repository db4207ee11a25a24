"""What a person said and was told, kept by consent."""

from fen.conversations.conversation import Conversation, Summary, make_conversation, make_title
from fen.conversations.conversations import LOCAL, Conversations
from fen.conversations.export import to_json, to_markdown
from fen.conversations.turn import Receipt, Turn, add_costs, make_messages

__all__ = [
    "LOCAL",
    "Conversation",
    "Conversations",
    "Receipt",
    "Summary",
    "Turn",
    "add_costs",
    "make_conversation",
    "make_messages",
    "make_title",
    "to_json",
    "to_markdown",
]
