"""Content parts of a chat message, as blocks of a turn."""

from __future__ import annotations

import re
from typing import Any

from fen.gateway.translation import fates
from fen.gateway.translation.members import Json, Members

_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+);base64,", re.IGNORECASE)
_IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")
_SAME = {"image/jpg": "image/jpeg"}  # a name that OpenAI takes and nobody registered
_PDF = "application/pdf"


def text_block(text: str) -> Json:
    """Return a block of text."""
    return {"type": "text", "text": text}


def write_blocks(message: Members, parts: list[Any], kinds: tuple[str, ...]) -> list[Json]:
    """Translate parts of the kinds that a role may send.

    Raises Unsupported for another kind and for what a part's source cannot be.
    """
    return [_block(message.at(f"content[{i}]", part), kinds) for i, part in enumerate(parts)]


def _block(part: Members, kinds: tuple[str, ...]) -> Json:
    kind = part.need("type", str)
    if kind not in kinds:
        raise part.untranslatable("type", kind, " or ".join(kinds))
    if kind in ("text", "refusal"):
        made = text_block(part.need(kind, str))
    elif kind == "image_url":
        made = _image(part.need_inside("image_url"))
    else:
        made = _document(part.need_inside("file"))
    cache = part.tree("cache_control")
    if cache is not None:
        made["cache_control"] = cache
    part.close(fates.OPENAI_PART)
    return made


def _image(image: Members) -> Json:
    url = image.need("url", str)
    image.close(fates.OPENAI_IMAGE)
    if url[:5].lower() != "data:":
        return {"type": "image", "source": {"type": "url", "url": url}}
    media_type, data = _read_data_url(image, "url", url)
    if media_type not in _IMAGES:
        raise image.untranslatable("url", media_type, ", ".join(_IMAGES))
    return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}


def _document(file: Members) -> Json:
    uploaded = file.take("file_id", str)
    if uploaded is not None:
        raise file.untranslatable("file_id", uploaded, "file_data", "an id of OpenAI's")
    media_type, data = _read_data_url(file, "file_data", file.need("file_data", str))
    if media_type != _PDF:
        raise file.untranslatable("file_data", media_type, _PDF)
    made: Json = {"type": "document", "source": {"type": "base64", "media_type": _PDF, "data": data}}
    name = file.take("filename", str)
    if name is not None:
        made["title"] = name
    file.close()
    return made


def _read_data_url(where: Members, name: str, url: str) -> tuple[str, str]:
    match = _DATA_URL.match(url)
    if match is None:
        raise where.untranslatable(name, url, "a URL of the form data:TYPE;base64,DATA")
    media_type = match[1].lower()
    return _SAME.get(media_type, media_type), url[match.end() :]
