"""Diagnostics for other programs: plain data, and SARIF."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from archc.diagnostics.codes import Code
from archc.diagnostics.diagnostic import Diagnostic, Span
from archc.diagnostics.words import in_variants

__all__ = ["to_dict", "to_sarif"]

Data = dict[str, Any]


def to_dict(diagnostic: Diagnostic) -> Data:
    """Return a diagnostic as plain data; lines and columns count from 1, ends are exclusive."""
    return {
        "code": diagnostic.code.code,
        "severity": diagnostic.code.severity,
        "message": diagnostic.message,
        "help": diagnostic.help,
        **_place(diagnostic.span),
        "labels": [{"message": label.text, **_place(label.span)} for label in diagnostic.labels],
        "variants": list(diagnostic.variants),
    }


def _place(span: Span) -> Data:
    return {
        "file": span.source.name,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


def to_sarif(diagnostics: Sequence[Diagnostic], version: str) -> Data:
    """Return a log of one run in SARIF 2.1.0 (OASIS), as code scanners and editors read it."""
    codes = sorted({each.code for each in diagnostics}, key=lambda code: code.code)
    driver = {"name": "archc", "version": version, "rules": [_rule(code) for code in codes]}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(each, codes) for each in diagnostics],
            }
        ],
    }


def _rule(code: Code) -> Data:
    return {
        "id": code.code,
        "name": code.name.title().replace("_", ""),
        "shortDescription": {"text": code.title},
        "help": {"text": f"archc explain {code.code}"},
        "defaultConfiguration": {"level": code.severity},
    }


def _result(diagnostic: Diagnostic, codes: Sequence[Code]) -> Data:
    text = diagnostic.message
    if diagnostic.variants:
        text += f", {in_variants(diagnostic.variants)}"
    if diagnostic.help:
        text += f" ({diagnostic.help})"
    result: Data = {
        "ruleId": diagnostic.code.code,
        "ruleIndex": codes.index(diagnostic.code),
        "level": diagnostic.code.severity,
        "message": {"text": text},
        "locations": [_location(diagnostic.span)],
    }
    if diagnostic.labels:
        result["relatedLocations"] = list(
            _related((label.span, label.text) for label in diagnostic.labels)
        )
    return result


def _related(labels: Iterable[tuple[Span, str]]) -> Iterable[Data]:
    for number, (span, text) in enumerate(labels):
        yield {"id": number, **_location(span), "message": {"text": text or "here"}}


def _location(span: Span) -> Data:
    """Return a region of a file; a setting of the command line is in none."""
    name = span.source.name
    if name.startswith("--"):
        return {"logicalLocations": [{"name": name, "fullyQualifiedName": span.source.text}]}
    region = {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(name)}, "region": region}}


def _uri(name: str) -> str:
    path = PurePath(name)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
