"""Content parts of an input item, as parts of a chat completion's message."""

from __future__ import annotations

from typing import Any, cast

from fen.gateway.responses import fates
from fen.gateway.translation.members import Json, Members

USER = ("input_text", "input_image", "input_file", "input_audio")
PROMPT = ("input_text",)
ASSISTANT = ("output_text", "refusal", "input_text")
"""The kinds of parts that each role's content may have."""

_DETAILS = ("auto", "low", "high")


def write_content(item: Members, name: str, kinds: tuple[str, ...]) -> str | list[Json]:
    """Take a content that is text, or a list of parts of these kinds; one part of text becomes text.

    Raises Unsupported for a part without a counterpart.
    """
    value = item.take_any(name)
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        raise item.wrong(name, value, "text or a list of parts")
    parts = [
        _part(item.at(f"{name}[{index}]", part), kinds) for index, part in enumerate(cast("list[Any]", value))
    ]
    if len(parts) == 1 and parts[0]["type"] == "text":
        return parts[0]["text"]
    return parts


def _part(part: Members, kinds: tuple[str, ...]) -> Json:
    kind = part.need("type", str)
    if kind not in kinds:
        raise part.untranslatable("type", kind, " or ".join(kinds))
    if kind == "input_image":
        return _image(part)
    if kind == "input_file":
        return _file(part)
    if kind == "input_audio":
        made: Json = {"type": "input_audio", "input_audio": part.need_tree("input_audio")}
    elif kind == "refusal":
        made = {"type": "refusal", "refusal": part.need("refusal", str)}
    else:
        made = {"type": "text", "text": part.need("text", str)}
    part.close(fates.PART)
    return made


def _image(part: Members) -> Json:
    url = part.take("image_url", str)
    detail = part.take("detail", str)
    part.close(fates.IMAGE)
    if url is None:
        raise part.wrong("image_url", None, "a URL, or the image as a data: URL")
    image: Json = {"url": url}
    if detail is not None:
        if detail not in _DETAILS:
            raise part.untranslatable("detail", detail, " or ".join(_DETAILS))
        image["detail"] = detail
    return {"type": "image_url", "image_url": image}


def _file(part: Members) -> Json:
    file: Json = {}
    for name in ("file_data", "file_id", "filename"):
        value = part.take(name, str)
        if value is not None:
            file[name] = value
    part.close(fates.FILE)
    if "file_data" not in file and "file_id" not in file:
        raise part.wrong("file_data", None, "the file as a data: URL, or its file_id")
    return {"type": "file", "file": file}
