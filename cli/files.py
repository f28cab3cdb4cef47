"""Reads the files that people name: what is wrong is said in one line."""

from __future__ import annotations

from pathlib import Path

from cli.errors import BadInput


def read_text(path: Path, what: str) -> str:
    """Return the text of `path`, which holds `what` ("plan file"); raise BadInput."""
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise BadInput(f"{path}: no such {what}; name one that exists") from None
    except IsADirectoryError:
        article = "an" if what[0] in "aeiou" else "a"
        raise BadInput(f"{path}: a directory, not {article} {what}; name a file in it") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8 text ({error.reason}); save it as UTF-8") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); see to it") from None
    if not text.strip():
        raise BadInput(f"{path}: the {what} is empty")
    return text
