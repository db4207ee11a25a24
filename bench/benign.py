"""Benign text for the guard: paragraphs of Debian packages, in `build/benign/ROLE/LANGUAGE/SOURCE.jsonl`.

Run as `python -m bench.benign`. A package is fetched by `apt-get download` and unpacked under
`build/benign/cache`, never installed. Each line of a file is a JSON string, a paragraph, in the order of the
package's files. Roles: `train` is what the guard learns from, `calibrate` sets its thresholds, `test`
measures its false alarms. A package has one role (with all its languages), and a paragraph that occurs in
`calibrate` or `test` is left out of `train`.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from bench.plain import read_paragraphs
from bench.process import BenchError

FOLDER = Path("build/benign")
MOST = 6_000_000
"""Characters that are taken of one source."""


class Source(NamedTuple):
    """A part of a package. files: a pattern that its files' paths match."""

    package: str
    role: str
    lang: str
    files: str


SOURCES = (
    Source("manpages", "train", "en", r"/man/man\d/"),
    Source("manpages-dev", "train", "en", r"/man/man\d/"),
    Source("debian-reference-en", "train", "en", r"\.en\.html$"),
    Source("fortunes", "train", "en", r"/fortunes/[a-z-]+$"),
    Source("wordnet-base", "train", "en", r"/data\.(noun|verb|adj|adv)$"),
    Source("dict-foldoc", "train", "en", r"\.dict\.dz$"),
    Source("vim-runtime", "train", "en", r"/doc/.*\.txt$"),
    Source("perl-doc", "train", "en", r"\.pod$"),
    Source("sqlite3-doc", "train", "en", r"\.html$"),
    Source("git-doc", "train", "en", r"\.html$"),
    Source("libreoffice-help-en-us", "train", "en", r"\.html$"),
    Source("anarchism", "train", "en", r"\.(html|md|txt)$"),
    Source("linux-doc-6.1", "train", "en", r"/Documentation/(?!translations).*\.rst\.gz$"),
    Source("postgresql-doc-15", "train", "en", r"\.html$"),
    Source("jargon", "train", "en", r"/info/.*\.gz$"),
    Source("debian-handbook", "train", "en", r"/html/en-US/.*\.html$"),
    Source("libc-l10n", "train", "en", r"/en_GB/LC_MESSAGES/.*\.mo$"),
    Source("firefox-esr-l10n-en-gb", "train", "en", r"\.(xpi|ja)$"),
    Source("bash-doc", "train", "en", r"\.(html|txt|gz)$"),
    Source("apt-doc", "train", "en", r"guide\.html/|en\.html/"),
    Source("gnu-standards", "train", "en", r"/info/.*\.gz$"),
    Source("apache2-doc", "train", "en", r"/manual/en/.*\.html$"),
    Source("freebsd-manpages", "train", "en", r"/man/man\d/"),
    Source("libssl-doc", "train", "en", r"/man/man\d/"),
    Source("systemd", "train", "en", r"/man/man\d/"),
    Source("sudo", "train", "en", r"/man/man\d/"),
    Source("openssh-client", "train", "en", r"/man/man\d/"),
    Source("passwd", "train", "en", r"/man/man\d/"),
    Source("cryptsetup-bin", "train", "en", r"/man/man\d/|FAQ|README"),
    Source("apache2-doc", "train", "zh", r"/manual/zh-cn/.*\.html$"),
    Source("libreoffice-help-zh-cn", "train", "zh", r"\.html$"),
    Source("linux-doc-6.1", "train", "zh", r"/translations/zh_CN/.*\.rst\.gz$"),
    Source("debian-handbook", "train", "zh", r"/html/zh-CN/.*\.html$"),
    Source("libc-l10n", "train", "zh", r"/zh_CN/.*\.mo$"),
    Source("util-linux-locales", "train", "zh", r"/zh_CN/.*\.mo$"),
    Source("maint-guide-zh-cn", "train", "zh", r"\.html$"),
    Source("debian-edu-doc-zh-cn", "train", "zh", r"\.html$"),
    Source("libreoffice-l10n-zh-cn", "train", "zh", r"\.mo$"),
    Source("debian-handbook", "train", "other", r"/html/(?!en-US|zh-)[a-z]+-[A-Z]+/.*\.html$"),
    Source("libc-l10n", "train", "other", r"/(?!en|zh)[a-zA-Z_]+/LC_MESSAGES/.*\.mo$"),
    Source("util-linux-locales", "train", "other", r"/(?!en|zh)[a-zA-Z_]+/LC_MESSAGES/.*\.mo$"),
    *(
        Source(f"libreoffice-l10n-{lang}", "train", "other", r"\.mo$")
        for lang in ("ar", "de", "fa", "he", "hi", "id", "ja", "ko", "ru", "th", "tr", "vi")
    ),
    Source("manpages-fr", "train", "other", r"/man/fr/"),
    Source("manpages-de", "train", "other", r"/man/de/"),
    Source("manpages-es", "calibrate", "other", r"/man/es/"),
    Source("gnome-user-docs", "calibrate", "other", r"/help/(?!C/|zh|figures)[a-zA-Z_]+/.*\.page$"),
    Source(
        "installation-guide-amd64",
        "test",
        "other",
        r"guide-amd64/(?!en|zh)[a-z_]+/.*\.html$",
    ),
    Source("manpages-ja", "calibrate", "other", r"/man/ja/"),
    Source("golang-1.19-src", "train", "code", r"\.go$"),
    Source("python3-django", "train", "code", r"\.py$"),
    Source("vim-runtime", "train", "code", r"/(syntax|ftplugin|indent)/.*\.vim$"),
    Source("perl-modules-5.36", "train", "code", r"\.p[ml]$"),
    Source("linux-headers-6.1.0-47-common", "train", "code", r"/include/linux/.*\.h$"),
    Source("node-typescript", "train", "code", r"\.(ts|js)$"),
    Source("node-lodash", "train", "code", r"\.js$"),
    Source("python3.11-doc", "calibrate", "en", r"/html/(?!_sources).*\.html$"),
    Source("debian-policy", "calibrate", "en", r"\.html$|\.txt\.gz$"),
    Source("developers-reference", "calibrate", "en", r"\.html$"),
    Source("gnome-user-docs", "calibrate", "en", r"/help/C/.*\.page$"),
    Source("postfix-doc", "calibrate", "en", r"/html/.*\.html$"),
    Source("nodejs-doc", "calibrate", "en", r"/api/(?!all).*\.html$"),
    Source("dict-gcide", "calibrate", "en", r"\.dict\.dz$"),
    Source("thunderbird-l10n-en-gb", "train", "en", r"\.(xpi|ja)$"),
    Source("manpages-zh", "calibrate", "zh", r"/man/zh_(CN|TW)/man\d/"),
    Source("gnome-user-docs", "calibrate", "zh", r"/help/zh_CN/.*\.page$"),
    Source("thunderbird-l10n-zh-cn", "train", "zh", r"\.(xpi|ja)$"),
    Source("debian-faq-zh-cn", "calibrate", "zh", r"\.html$"),
    Source("libpython3.11-stdlib", "calibrate", "code", r"\.py$"),
    Source("libruby3.1", "calibrate", "code", r"\.rb$"),
    Source("postgresql-server-dev-15", "calibrate", "code", r"\.h$"),
    Source("installation-guide-amd64", "test", "en", r"/en/.*\.html$"),
    Source("debian-faq", "test", "en", r"\.en\.html$"),
    Source("maint-guide", "test", "en", r"\.en\.html$"),
    Source("exim4-doc-html", "test", "en", r"\.html$"),
    Source("kicad-doc-en", "test", "en", r"/en/.*\.html$"),
    Source("krb5-doc", "test", "en", r"\.html$"),
    Source("gimp-help-en", "test", "en", r"\.html$"),
    Source("python-django-doc", "test", "en", r"/html/.*\.html$"),
    Source("aptitude-doc-en", "test", "en", r"\.html$"),
    Source("debian-reference-zh-cn", "test", "zh", r"\.zh-cn\.html$"),
    Source("installation-guide-amd64", "test", "zh", r"/zh_(CN|TW)/.*\.html$"),
    Source("debian-reference-zh-tw", "test", "zh", r"\.zh-tw\.html$"),
    Source("kicad-doc-zh", "calibrate", "zh", r"/zh/.*\.html$"),
    Source("lilypond-doc-html-zh", "test", "zh", r"\.zh\.html$"),
    Source("libreoffice-help-zh-tw", "test", "zh", r"\.html$"),
    Source("debmake-doc", "test", "zh", r"zh-(cn|tw)\.(html|txt\.gz)$"),
    Source("python3-sympy", "test", "code", r"\.py$"),
    Source("libjs-jquery-ui", "test", "code", r"(?<!min)\.js$"),
    Source("emacs-el", "test", "code", r"\.el\.gz$"),
    Source("python3-twisted", "test", "code", r"\.py$"),
)


def main() -> int:
    """Fetch what is missing and write the paragraphs; returns 0, or 2 where a package cannot be had."""
    try:
        gather(FOLDER)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    return 0


def gather(folder: Path) -> None:
    """Write what each source has, unless it is there; what is trained on comes last."""
    seen: set[bytes] = set()
    for source in sorted(SOURCES, key=lambda source: source.role == "train"):
        out = folder / source.role / source.lang / f"{source.package}.jsonl"
        if not out.is_file():
            print(f"{source.role:9} {source.lang:4} {source.package}", flush=True)
            paragraphs = list(_take(_unpack(folder, source.package), source))
            out.parent.mkdir(parents=True, exist_ok=True)
            fresh = [text for text in paragraphs if source.role != "train" or _mark(text) not in seen]
            out.write_bytes(b"".join(msgspec.json.encode(text) + b"\n" for text in dict.fromkeys(fresh)))
        if source.role != "train":
            seen.update(_mark(msgspec.json.decode(line)) for line in out.read_bytes().splitlines())


def _mark(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()


def _unpack(folder: Path, package: str) -> Path:
    cache = folder / "cache"
    root = cache / package
    if root.is_dir():
        return root
    cache.mkdir(parents=True, exist_ok=True)
    if not list(cache.glob(f"{package}_*.deb")):
        _run(["apt-get", "download", "-q", package], cache)
    debs = list(cache.glob(f"{package}_*.deb"))
    if not debs:
        raise BenchError(f"apt-get brought no {package}")
    _run(["dpkg-deb", "-x", debs[0].name, package], cache)
    return root


def _run(words: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    except OSError as error:
        raise BenchError(f"{words[0]}: {error}; the benign text comes from Debian's packages") from error
    if done.returncode:
        raise BenchError(f"{' '.join(words)}: {done.stderr.strip()[-300:]}")


def _take(root: Path, source: Source) -> Iterator[str]:
    wanted, taken = re.compile(source.files), 0
    paths = sorted(root.rglob("*"))
    if source.lang == "other":  # some of every language
        paths.sort(key=lambda path: _mark(path.relative_to(root).as_posix()))
    for path in paths:
        if path.is_symlink() or not path.is_file() or not wanted.search(str(path)):
            continue
        for text in read_paragraphs(path):
            if (len(text) >= 2 and text.isprintable()) or "\n" in text:
                yield text[:20_000]
                taken += len(text)
            if taken > MOST:
                return


if __name__ == "__main__":
    raise SystemExit(main())
