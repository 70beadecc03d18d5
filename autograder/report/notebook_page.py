"""An executed notebook as a page that runs nothing and loads nothing: what is in it may be hostile."""

from __future__ import annotations

from functools import cache
from typing import Any

from autograder.report.words import visible

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""The Content-Security-Policy of every page that shows something of a submission."""

_STYLE = ".jp-RenderedHTML pre { font-family: monospace; white-space: pre; overflow-x: auto; line-height: 1.2; }"
"""A table drawn with characters, as `check` shows one, keeps its columns: styles of its own are filtered out."""

_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del", "div", "dl", "dt", "em",
    "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "ins", "kbd", "li", "mark", "ol", "p", "pre", "s", "small", "span",
    "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "*": ["class", "id", "title"],
    "a": ["href"],
    "ol": ["start"],
    "td": ["align", "colspan", "rowspan"],
    "th": ["align", "colspan", "rowspan", "scope"],
}


def clean_html(element: Any) -> str:
    """Return HTML with nothing in it but text, headings, lists and tables; other tags are shown as they are written.

    nbconvert's own filter of that name takes headings and paragraphs for dangerous, which are all a lesson is made of.
    """
    import bleach

    text = element.decode("utf-8", "replace") if isinstance(element, bytes) else str(element)
    return str(bleach.clean(text, tags=_TAGS, attributes=_ATTRIBUTES, protocols={"http", "https", "mailto"}))


@cache
def _exporter() -> Any:
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(sanitize_html=True, template_name="lab")  # type: ignore[no-untyped-call]
    exporter.register_filter("clean_html", clean_html)  # type: ignore[no-untyped-call]
    return exporter


def notebook_html(notebook: Any, title: str) -> str:
    """The page of a notebook, its outputs included."""
    body, _ = _exporter().from_notebook_node(notebook, {"metadata": {"name": visible(title)}})
    head = f'<head><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    return str(body).replace("<head>", head, 1).replace("</head>", f"<style>{_STYLE}</style></head>", 1)
