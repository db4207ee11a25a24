"""Which characters of a PDF's page a person sees, and how the others are hidden."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from fen.hierarchy.documents.pdf.page import Box, Character, Page, TextObject
from fen.hierarchy.documents.pdf.picture import (
    Camera,
    Picture,
    differ,
    find_edges,
    find_overlaps,
    lie_within,
    near,
    share,
)

_TINY = 2.0  # points of an em; print begins at 4
_TRANSPARENT = 13  # of 255
_INKED = 0.03  # of a character's box; a full stop fills most of its own, an `l` too
_BLANK = 0.03  # of the gap between two words of a scan
_LAYERS = 6  # pictures of a page with text over text
_ENOUGH_GAPS = 5
_SMOOTH = 2  # characters to each side that outvote one


def judge(page: Page, camera: Camera) -> list[str | None]:
    """Return for each character how it is hidden, None for what is seen and for white space."""
    told = [_tell(thing) for thing in page.objects]
    kinds: list[str | None] = [
        told[character.owner] if character.owner >= 0 and not character.text.isspace() else None
        for character in page.characters
    ]
    eye = _Eye(page, camera, kinds)
    eye.look(told)
    if "invisible_text" in kinds:
        eye.accept_scan()
    return _smooth(page.characters, kinds)


def _tell(thing: TextObject) -> str | None:
    """Return how a text object is hidden by its own properties."""
    if thing.mode in (3, 7):
        return "invisible_text"
    if thing.mode in (0, 4) and thing.colour is not None and thing.colour[3] < _TRANSPARENT:
        return "transparent_text"
    return "tiny_text" if thing.size < _TINY else None


class _Eye:
    """Looks at the pictures of one page, and writes what is not seen into `kinds`."""

    def __init__(self, page: Page, camera: Camera, kinds: list[str | None]) -> None:
        self._page = page
        self._camera = camera
        self._kinds = kinds
        self._whole = camera.take()
        self._owned: dict[int, list[int]] = {}
        for at, character in enumerate(page.characters):
            if character.owner >= 0 and not character.text.isspace():
                self._owned.setdefault(character.owner, []).append(at)

    def look(self, told: Sequence[str | None]) -> None:
        """Judge what is not told already, by the ink that it leaves."""
        open_ones = [place for place in self._owned if told[place] is None]
        said = {place: _joined(self._page.characters[at] for at in self._owned[place]) for place in open_ones}
        layers, shared = _part(self._page.objects, open_ones, said)
        bare = self._leave_out(open_ones) if shared else self._whole
        for layer in layers:
            without = self._leave_out(layer)
            owned = [at for place in layer for at in self._owned[place]]
            frames = self._camera.frame([self._page.characters[at].box for at in owned])
            for at, inked in zip(owned, share(differ(self._whole, without), frames), strict=True):
                character = self._page.characters[at]
                thing = self._page.objects[character.owner]
                # White text over black text leaves holes in it, and still nobody can read it.
                behind = bare if character.owner in shared else without
                if inked < _INKED or (behind is bare and self._blends(bare, thing, character.box)):
                    self._kinds[at] = self._name(behind, thing, character.box)

    def _leave_out(self, places: Sequence[int]) -> Picture:
        return self._camera.take_without([self._page.objects[place].handle for place in places])

    def _name(self, behind: Picture, thing: TextObject, box: Box) -> str:
        across, up = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        if not (0 <= across <= self._page.width and 0 <= up <= self._page.height):
            return "off_page"
        if thing.layered:
            return "hidden_layer"
        if thing.clip is not None and not _within(thing.clip, across, up):
            return "clipped_text"
        if self._blends(behind, thing, box):
            return "white_text"
        covered = any(
            order > thing.order and _within(cover, across, up) for cover, order in self._page.covers
        )
        return "covered_text" if covered else "unpainted_text"

    def _blends(self, behind: Picture, thing: TextObject, box: Box) -> bool:
        """Whether what lies behind a box has the colour of the text that stands there."""
        if thing.colour is None or thing.mode not in (0, 4):
            return False
        left, top, right, bottom = self._camera.frame([box])[0]
        crop = behind[top:bottom, left:right]
        return bool(crop.size) and float(near(crop, thing.colour).mean()) > 0.85

    def accept_scan(self) -> None:
        """Take invisible text as seen where it lies on the words of a scanned page: an OCR layer.

        Its characters must lie on something drawn, and the gaps between its words on nothing.
        """
        edges = find_edges(self._whole)
        hidden = [at for at, kind in enumerate(self._kinds) if kind == "invisible_text"]
        boxes = [self._page.characters[at].box for at in hidden]
        hidden = [at for at, on in zip(hidden, lie_within(boxes, self._page.images), strict=True) if on]
        if not hidden:
            return
        boxes = [self._page.characters[at].box for at in hidden]
        gaps = [gap for one, other in pairwise(hidden) if (gap := self._find_gap(one, other)) is not None]
        if len(gaps) >= _ENOUGH_GAPS:
            blank = share(edges, self._camera.frame(gaps)) < _BLANK
            if float(blank.mean()) < 0.5:
                return
        for at, drawn in zip(hidden, share(edges, self._camera.frame(boxes)), strict=True):
            if drawn >= _INKED:
                self._kinds[at] = None

    def _find_gap(self, before: int, after: int) -> Box | None:
        """Return the gap between the last character of a word and the first of the next, on one line."""
        between = self._page.characters[before + 1 : after]
        one, other = self._page.characters[before].box, self._page.characters[after].box
        return _gap(one, other) if any(character.text.isspace() for character in between) else None


def _part(
    objects: Sequence[TextObject], places: Sequence[int], said: dict[int, str]
) -> tuple[list[list[int]], set[int]]:
    """Part text objects into layers in which none lies on another, and name those that do.

    Text that is drawn twice, as a shadow or to look bold, counts as one.
    """
    touching: dict[int, list[int]] = {}
    for one, other in find_overlaps([objects[place].box for place in places]):
        if said[places[one]] != said[places[other]]:
            touching.setdefault(places[one], []).append(places[other])
            touching.setdefault(places[other], []).append(places[one])
    layers: list[list[int]] = [[]]
    layer_of: dict[int, int] = {}
    for place in places:
        taken = {layer_of.get(other) for other in touching.get(place, ())}
        free = next(number for number in range(len(layers) + 1) if number not in taken)
        layer_of[place] = min(free, _LAYERS - 1)
        if layer_of[place] == len(layers):
            layers.append([])
        layers[layer_of[place]].append(place)
    return [layer for layer in layers if layer], set(touching)


def _gap(one: Box, other: Box) -> Box | None:
    """Return the gap between two neighbours on a line, where it is as wide as a space."""
    low, high = max(one[1], other[1]), min(one[3], other[3])
    width, height = other[0] - one[2], high - low
    return (
        (one[2] + width / 4, low, other[0] - width / 4, high) if height > 0 and width > height / 5 else None
    )


def _within(box: Box, across: float, up: float) -> bool:
    return box[0] <= across <= box[2] and box[1] <= up <= box[3]


def _joined(characters: Iterable[Character]) -> str:
    return "".join(character.text for character in characters)


def _smooth(characters: Sequence[Character], kinds: list[str | None]) -> list[str | None]:
    """Let a character's neighbours in its text object outvote it: a comma may leave little ink."""
    if not any(kinds):
        return kinds
    places = [
        at for at, character in enumerate(characters) if character.owner >= 0 and not character.text.isspace()
    ]
    smooth = list(kinds)
    for index, at in enumerate(places):
        around = [
            kinds[other]
            for other in places[max(0, index - _SMOOTH) : index + _SMOOTH + 1]
            if characters[other].owner == characters[at].owner
        ]
        hidden = [kind for kind in around if kind is not None]
        if len(hidden) * 2 > len(around):
            smooth[at] = kinds[at] or hidden[0]
        elif len(hidden) * 2 < len(around):
            smooth[at] = None
    return smooth
