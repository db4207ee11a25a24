"""What a voter asks: text, or parts of text and images, in OpenAI's message format."""

from __future__ import annotations

from typing import Any

import msgspec

from fen.wire.errors import InvalidRequest
from fen.wire.message import ImagePart, Message, TextPart

Content = str | list[dict[str, Any]]


class Prompt(msgspec.Struct, frozen=True):
    """What the voter says in one turn."""

    content: Content

    @property
    def has_image(self) -> bool:
        """Whether there is an image in it."""
        return not isinstance(self.content, str) and any(
            part.get("type") == "image_url" for part in self.content
        )


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    prompt: Content


def read_prompt(body: bytes) -> Prompt:
    """Read `{"prompt": ...}`; raises InvalidRequest.

    An image has to come along as a `data:` URL. One that is fetched would tell its server's owner, who may
    be the voter, which vendors' machines came for it.
    """
    try:
        content = msgspec.json.decode(body, type=_Body).prompt
        message = msgspec.convert({"role": "user", "content": content}, Message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest(
            f'found a body that is none of the arena ({error}), expected {{"prompt": text or parts}}',
            param="prompt",
        ) from None
    said = False
    for part in [TextPart(message.content)] if isinstance(message.content, str) else message.content or ():
        if isinstance(part, TextPart):
            said = said or bool(part.text.strip())
        elif not isinstance(part, ImagePart):
            raise InvalidRequest("prompt: found a part that is neither text nor an image", param="prompt")
        elif not part.image_url.url.startswith("data:image/"):
            raise InvalidRequest(
                "prompt: found an image elsewhere, expected one as a data: URL", param="prompt"
            )
    if not said:
        raise InvalidRequest("prompt: found no text, expected some", param="prompt")
    return Prompt(content)
