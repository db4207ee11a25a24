"""PDFs written object by object, for what no library writes."""

from random import Random


class BarePdf:
    """A PDF of pages with Helvetica (`/F1`) and STSong (`/F2`); `add` gives an object's reference."""

    def __init__(self) -> None:
        self._objects: list[bytes] = [b"", b""]  # the catalog and the pages, written last
        self._pages: list[str] = []
        self.catalog = ""
        self.trailer = ""
        latin = self.add("<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>")
        about = self.add(
            "<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]"
            "/ItalicAngle 0/Ascent 752/Descent -271/CapHeight 737/StemV 58>>"
        )
        wide = self.add(
            "<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/DW 1000"
            f"/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>/FontDescriptor {about}>>"
        )
        chinese = self.add(
            f"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UTF16-H/DescendantFonts[{wide}]>>"
        )
        self.fonts = f"/Font<</F1 {latin}/F2 {chinese}>>"

    def add(self, text: str, stream: bytes | None = None) -> str:
        """Add an object, with a stream where one is given, and return its reference."""
        content = text.encode("latin-1")
        if stream is not None:
            content = (
                content.removesuffix(b">>")
                + b"/Length %d>>\nstream\n" % len(stream)
                + stream
                + b"\nendstream"
            )
        self._objects.append(content)
        return f"{len(self._objects)} 0 R"

    def foresee(self, count: int) -> str:
        """Return the reference that the object after `count` more will have, itself counted."""
        return f"{len(self._objects) + count} 0 R"

    def add_page(self, content: str, resources: str = "", more: str = "") -> str:
        """Add an A4 page that draws `content`."""
        body = self.add("<<>>", content.encode("latin-1"))
        box = "" if "/MediaBox" in more else "/MediaBox[0 0 595 842]"
        page = self.add(
            f"<</Type/Page/Parent 2 0 R{box}/Contents {body}/Resources<<{self.fonts}{resources}>>{more}>>"
        )
        self._pages.append(page)
        return page

    def write(self) -> bytes:
        """Return the file."""
        self._objects[0] = f"<</Type/Catalog/Pages 2 0 R{self.catalog}>>".encode("latin-1")
        kids = " ".join(self._pages)
        self._objects[1] = f"<</Type/Pages/Kids[{kids}]/Count {len(self._pages)}>>".encode("latin-1")
        out, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
        for number, content in enumerate(self._objects, 1):
            places.append(len(out))
            out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
        start = len(out)
        out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
        out += b"".join(b"%010d 00000 n \n" % place for place in places)
        size = len(places) + 1
        return (
            out + f"trailer\n<</Size {size}/Root 1 0 R{self.trailer}>>\nstartxref\n{start}\n%%EOF\n".encode()
        )


def show(text: str, x: float, y: float, size: float = 11, mark: str = "") -> str:
    """Return the operators that show a line; those of an optional mark go around it."""
    wide = any(ord(character) > 0xFF for character in text)
    shown = f"<{text.encode('utf-16-be').hex()}> Tj" if wide else f"({_escape(text)}) Tj"
    inside = f"{mark} BDC {shown} EMC" if mark else shown
    return f"BT /F{2 if wide else 1} {size:g} Tf 1 0 0 1 {x:g} {y:g} Tm {inside} ET\n"


def text_string(text: str) -> str:
    """Return a text string for a dictionary: UTF-16 with its mark, in hexadecimal."""
    return f"<feff{text.encode('utf-16-be').hex()}>"


def show_lines(lines: list[str], random: Random) -> str:
    """Return the operators that show lines from the top of the page."""
    left = random.randint(50, 90)
    return "".join(show(line, left, 780 - 18 * at) for at, line in enumerate(lines))


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
