"""What a PDF's page looks like, and which of it some of its text contributes.

Text contributes what changes in the picture when that text is left out: nothing where it has the colour of
what lies behind it, is transparent, clipped, covered, outside the page or in a layer that is off.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

from fen.hierarchy.documents.contrast import CONTRAST
from fen.hierarchy.documents.pdf.door import Handle, load_pdfium
from fen.hierarchy.documents.pdf.page import Box

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Picture: TypeAlias = "NDArray[np.uint8]"
"""Rows from the top, of pixels, of blue, green and red."""
Mask: TypeAlias = "NDArray[np.bool_]"


class Camera:
    """Takes pictures of a loaded page; `scale` is in pixels a point."""

    def __init__(self, page: Handle, width: float, height: float, scale: float) -> None:
        self._page = page
        self.scale = scale
        self.width = max(1, round(width * scale))
        self.height = max(1, round(height * scale))

    def take(self) -> Picture:
        """Render the page as it is now on white: rows from the top, three colours each."""
        import numpy as np  # noqa: PLC0415 (only workers need it)

        pdfium = load_pdfium()
        stride = self.width * 3 + -self.width * 3 % 4
        pixels = np.full((self.height, stride), 255, np.uint8)
        bitmap = pdfium.FPDFBitmap_CreateEx(
            self.width, self.height, pdfium.FPDFBitmap_BGR, pixels.ctypes.data_as(ctypes.c_void_p), stride
        )
        if not bitmap:
            raise MemoryError
        try:
            pdfium.FPDF_RenderPageBitmap(bitmap, self._page, 0, 0, self.width, self.height, 0, 0)
        finally:
            pdfium.FPDFBitmap_Destroy(bitmap)
        return pixels[:, : self.width * 3].reshape(self.height, self.width, 3)

    def take_without(self, things: Sequence[Handle]) -> Picture:
        """Render the page as if it had not those objects."""
        pdfium = load_pdfium()
        for thing in things:
            pdfium.FPDFPageObj_SetIsActive(thing, False)
        try:
            return self.take()
        finally:
            for thing in things:
                pdfium.FPDFPageObj_SetIsActive(thing, True)

    def frame(self, boxes: Sequence[Box]) -> NDArray[np.int32]:
        """Return boxes in pixels, cut to the picture: rows of left, top, right and bottom."""
        import numpy as np  # noqa: PLC0415 (only workers need it)

        points = np.nan_to_num(np.asarray(boxes, np.float64).reshape(-1, 4), nan=0.0, posinf=1e7, neginf=-1e7)
        scaled = np.clip(points * self.scale, -1e8, 1e8)
        left, right = np.floor(scaled[:, 0]), np.ceil(scaled[:, 2])
        top, bottom = np.floor(self.height - scaled[:, 3]), np.ceil(self.height - scaled[:, 1])
        edges = np.stack([left, top, np.maximum(right, left + 1), np.maximum(bottom, top + 1)], axis=1)
        edges[:, 0::2] = np.clip(edges[:, 0::2], 0, self.width)
        edges[:, 1::2] = np.clip(edges[:, 1::2], 0, self.height)
        return edges.astype(np.int32)


def differ(one: Picture, other: Picture) -> Mask:
    """Return where a person tells two pictures apart."""
    import numpy as np  # noqa: PLC0415 (only workers need it)

    apart = np.maximum(one, other) - np.minimum(one, other) >= CONTRAST
    return apart[:, :, 0] | apart[:, :, 1] | apart[:, :, 2]


def find_edges(picture: Picture) -> Mask:
    """Return where a picture changes from a pixel to the next one: where something is drawn in it."""
    import numpy as np  # noqa: PLC0415 (only workers need it)

    edges = np.zeros(picture.shape[:2], np.bool_)
    edges[:, 1:] |= differ(picture[:, 1:], picture[:, :-1])
    edges[1:] |= differ(picture[1:], picture[:-1])
    return edges


def share(mask: Mask, frames: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return for each frame the share of its pixels that the mask has; 0 where it has none."""
    import numpy as np  # noqa: PLC0415 (only workers need it)

    sums = np.zeros((mask.shape[0] + 1, mask.shape[1] + 1), np.int32)
    np.cumsum(mask, axis=0, dtype=np.int32, out=sums[1:, 1:])
    np.cumsum(sums[1:, 1:], axis=1, out=sums[1:, 1:])
    left, top, right, bottom = frames.T
    inked = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
    return inked / np.maximum(1, (right - left) * (bottom - top))


def near(picture: Picture, colour: tuple[int, int, int, int]) -> Mask:
    """Return where a picture has a colour (red, green, blue, alpha) that nobody tells from this one."""
    import numpy as np  # noqa: PLC0415 (only workers need it)

    return ~differ(picture, np.broadcast_to(np.array(colour[2::-1], np.uint8), picture.shape))


def find_overlaps(boxes: Sequence[Box]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of boxes that share over a third of the smaller one; the later one comes first."""
    import numpy as np  # noqa: PLC0415 (only workers need it)

    edges = np.asarray(boxes, np.float64).reshape(-1, 4)
    left, bottom, right, top = edges.T
    areas = (right - left) * (top - bottom)
    for index in range(1, len(edges)):
        before = slice(0, index)
        width = np.minimum(right[before], right[index]) - np.maximum(left[before], left[index])
        height = np.minimum(top[before], top[index]) - np.maximum(bottom[before], bottom[index])
        smaller = np.minimum(areas[before], areas[index])
        found = np.flatnonzero((width > 0) & (height > 0) & (width * height > smaller / 3))
        yield from ((index, int(other)) for other in found)


def lie_within(boxes: Sequence[Box], areas: Sequence[Box]) -> NDArray[np.bool_]:
    """Return for each box whether its middle lies in one of the areas, of which a scan may have hundreds."""
    import numpy as np  # noqa: PLC0415 (only workers need it)

    edges = np.asarray(boxes, np.float64).reshape(-1, 4)
    across, up = (edges[:, 0] + edges[:, 2]) / 2, (edges[:, 1] + edges[:, 3]) / 2
    inside = np.zeros(len(edges), np.bool_)
    for left, bottom, right, top in areas:
        inside |= (left <= across) & (across <= right) & (bottom <= up) & (up <= top)
    return inside
