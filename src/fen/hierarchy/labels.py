"""Labels: every text of a request that reaches the model, with its privilege, its origin and its place."""

from __future__ import annotations

from collections.abc import Collection
from itertools import chain

from fen.hierarchy.labelling.chat_labels import label_extras, label_messages
from fen.hierarchy.labelling.definition_labels import label_format, label_tools
from fen.hierarchy.labelling.leaves import as_list
from fen.hierarchy.labelling.turn_labels import label_turns
from fen.hierarchy.labelling.untrusted import split_untrusted
from fen.hierarchy.privilege import Piece
from fen.hierarchy.rewriting import read_tree
from fen.wire.request import Request
from fen.wire.wishes import Wishes


def label(request: Request, allowed_tools: Collection[str] = ()) -> tuple[Piece, ...]:
    """Return the pieces of a request in the order in which they stand; empty texts are left out.

    System and developer messages have 0, the user's 10, images, audio and files 20, what tools return and
    what `fen.untrusted` names 30, the assistant's turns no authority. Definitions of tools have 30, of the
    allowed names (`*` for all) the user's 10; the schema of the answer has 10. Requests for embeddings have
    no pieces: nothing in them is obeyed. Raises InvalidRequest for a bad `fen.untrusted`.
    """
    if request.format == "openai.embeddings":
        return ()
    tree = read_tree(request)
    if request.format == "openai.chat":
        spoken = chain(label_messages(as_list(tree.get("messages"))), label_extras(tree))
    else:
        spoken = label_turns(tree)
    pieces = (*spoken, *label_tools(tree, allowed_tools), *label_format(tree))
    wishes: Wishes | None = getattr(request.view, "fen", None)
    if wishes is None or not wishes.untrusted:
        return pieces
    if "messages" in request.edits or "system" in request.edits:
        raise ValueError("found edited messages, expected those that the spans of `fen.untrusted` are about")
    return split_untrusted(pieces, wishes.untrusted)
