"""A user's module by name: ``package.module:callable``, or a file and a class in it."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import nn

from archc.diagnostics import ArchcError, nearest, safe

__all__ = ["TargetError", "UserCodeError", "construct"]


class TargetError(ArchcError):
    """There is no such module, or it is no ``torch.nn.Module``."""


class UserCodeError(ArchcError):
    """A module's own code raised, when it was imported or constructed."""


def construct(target: str, arguments: Mapping[str, Any]) -> nn.Module:
    """Import ``target`` and call it with ``arguments``.

    This runs the user's code. What it prints goes to stderr. Weights are not allocated where
    the constructor can do without. Raises `TargetError` and `UserCodeError`.
    """
    with redirect_stdout(sys.stderr), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = _find(target)
        if isinstance(found, nn.Module) and not arguments:
            return found
        if isinstance(found, nn.Module) or not callable(found):
            raise TargetError(f"`{target}` is {_kind(found)}, not a class or a function")
        made = _call(target, found, arguments)
    if not isinstance(made, nn.Module):
        raise TargetError(f"`{target}` gives {_kind(made)}, not a torch.nn.Module")
    return made


def _call(target: str, factory: Any, arguments: Mapping[str, Any]) -> Any:
    """The module, without weights unless its constructor computes with numbers."""
    try:
        with torch.device("meta"):
            return factory(**arguments)
    except Exception:  # noqa: BLE001 - if it is not for the lack of numbers, it is raised again
        with _reported(f"constructing `{target}`"):
            return factory(**arguments)


def _find(target: str) -> Any:
    """The class, function or module that ``target`` names."""
    where, name = (target, "") if target.endswith(".py") else target.rpartition(":")[::2]
    if not where or not (name or where.endswith(".py")):
        raise TargetError(
            f"`{target}` is neither package.module:callable nor file.py or file.py:Class"
        )
    module = _from_file(Path(where)) if where.endswith(".py") else _from_package(where)
    name = name or _first_name(module, where)
    try:
        return getattr(module, name)
    except AttributeError:
        hint = nearest(name, [each for each in vars(module) if not each.startswith("_")])
        raise TargetError(f"`{where}` has no `{name}`" + (f", {hint}" if hint else "")) from None


def _first_name(module: ModuleType, where: str) -> str:
    names = getattr(module, "__all__", ())
    if not names:
        raise TargetError(f"`{where}` has no `__all__`: name the class, as {where}:Net")
    return str(names[0])


def _from_file(path: Path) -> ModuleType:
    """The file as a module; what lies beside it can be imported by it."""
    if not path.is_file():
        raise TargetError(f"there is no file `{path}`")
    name = f"archc_verified_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # classes look their module up while they are made
    with _importing_from(path.parent), _reported(f"importing `{path}`"):
        spec.loader.exec_module(module)
    return module


def _from_package(where: str) -> ModuleType:
    """An installed module, or one of the current folder."""
    try:
        with _importing_from(Path.cwd()), _reported(f"importing `{where}`"):
            return importlib.import_module(where)
    except UserCodeError as error:
        cause = error.__cause__
        absent = cause.name if isinstance(cause, ModuleNotFoundError) else None
        if absent and f"{where}.".startswith(f"{absent}."):
            raise TargetError(f"there is no module `{absent}`") from None
        raise


@contextmanager
def _importing_from(folder: Path) -> Iterator[None]:
    """Let imports look into ``folder`` too, as a script in it could."""
    added = str(folder.resolve())
    sys.path.insert(0, added)
    try:
        yield
    finally:
        sys.path.remove(added)


@contextmanager
def _reported(doing: str) -> Iterator[None]:
    """Whatever the user's code raises, or its wish to exit, as one line."""
    try:
        yield
    except (Exception, SystemExit) as error:
        line = next(iter(str(error).strip().splitlines()), "")
        what = f"{doing} failed: {type(error).__name__}: {line}".removesuffix(": ")
        raise UserCodeError(safe(what)) from error


def _kind(value: object) -> str:
    return f"of type {type(value).__name__}"
