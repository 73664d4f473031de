"""Layers that a file carries where Keras has none."""

from __future__ import annotations

__all__ = ["HELPERS"]

HELPERS: dict[str, str] = {
    "ConstantPadding2D": '''\
@keras.saving.register_keras_serializable(package="archc")
class ConstantPadding2D(layers.Layer):  # type: ignore[misc]  # untyped
    """Cells of one value around a feature map."""

    def __init__(
        self,
        padding: tuple[tuple[int, int], tuple[int, int]],
        value: float,
        **kwargs: Any,
    ) -> None:
        """Pad by ((top, bottom), (left, right)) cells of ``value``."""
        super().__init__(**kwargs)
        self.padding = padding
        self.value = value

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Pad ``x``."""
        rows, columns = self.padding
        sides = ((0, 0), tuple(rows), tuple(columns), (0, 0))
        return ops.pad(x, sides, constant_values=self.value)

    def get_config(self) -> dict[str, Any]:
        """Arguments to build the layer again."""
        config = {"padding": self.padding, "value": self.value}
        return {**super().get_config(), **config}
''',
    "DilatedMaxPooling2D": '''\
@keras.saving.register_keras_serializable(package="archc")
class DilatedMaxPooling2D(layers.Layer):  # type: ignore[misc]  # untyped
    """The largest value of each window, whose cells lie apart."""

    def __init__(
        self,
        pool_size: tuple[int, int],
        strides: tuple[int, int],
        dilation_rate: tuple[int, int],
        **kwargs: Any,
    ) -> None:
        """Pool windows of ``pool_size`` cells, ``dilation_rate`` from cell to cell."""
        super().__init__(**kwargs)
        self.pool_size = pool_size
        self.strides = strides
        self.dilation_rate = dilation_rate

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Pool ``x``."""
        rows, columns = (
            [
                slice(start, start + size - (cells - 1) * rate, stride)
                for start in range(0, cells * rate, rate)
            ]
            for size, cells, rate, stride in zip(
                x.shape[1:3],
                self.pool_size,
                self.dilation_rate,
                self.strides,
                strict=True,
            )
        )
        parts = [x[:, row, column] for row in rows for column in columns]
        return ops.max(ops.stack(parts), axis=0)

    def get_config(self) -> dict[str, Any]:
        """Arguments to build the layer again."""
        config = {
            "pool_size": self.pool_size,
            "strides": self.strides,
            "dilation_rate": self.dilation_rate,
        }
        return {**super().get_config(), **config}
''',
    "CellAveragePooling2D": '''\
@keras.saving.register_keras_serializable(package="archc")
class CellAveragePooling2D(layers.Layer):  # type: ignore[misc]  # untyped
    """The mean of each window over the cells that are there, without the padding."""

    def __init__(
        self,
        pool_size: tuple[int, int],
        strides: tuple[int, int],
        padding: tuple[tuple[int, int], tuple[int, int]],
        **kwargs: Any,
    ) -> None:
        """Pool windows that hang over by ((top, bottom), (left, right)) cells."""
        super().__init__(**kwargs)
        self.pool_size = pool_size
        self.strides = strides
        self.padding = padding

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Pool ``x``."""
        return self.mean(x) / self.mean(ops.ones_like(x))

    def mean(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Pool ``x`` with zeros around it."""
        rows, columns = self.padding
        padded = ops.pad(x, ((0, 0), tuple(rows), tuple(columns), (0, 0)))
        return ops.average_pool(padded, tuple(self.pool_size), tuple(self.strides))

    def get_config(self) -> dict[str, Any]:
        """Arguments to build the layer again."""
        config = {
            "pool_size": self.pool_size,
            "strides": self.strides,
            "padding": self.padding,
        }
        return {**super().get_config(), **config}
''',
    "AdaptiveMeanPooling2D": '''\
@keras.saving.register_keras_serializable(package="archc")
class AdaptiveMeanPooling2D(layers.Layer):  # type: ignore[misc]  # untyped
    """The mean over a grid of cells that overlap where they do not divide the input."""

    def __init__(self, output_size: tuple[int, int], **kwargs: Any) -> None:
        """Pool to ``output_size``."""
        super().__init__(**kwargs)
        self.output_size = output_size

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Pool ``x``, first its rows and then its columns."""
        rows, columns = map(self.cells, x.shape[1:3], self.output_size)
        x = ops.stack([ops.mean(x[:, row], axis=1) for row in rows], axis=1)
        return ops.stack([ops.mean(x[:, :, each], axis=2) for each in columns], axis=2)

    @staticmethod
    def cells(size: int, count: int) -> list[slice]:
        """Where each of ``count`` cells lies."""
        return [
            slice(i * size // count, -(-(i + 1) * size // count)) for i in range(count)
        ]

    def get_config(self) -> dict[str, Any]:
        """Arguments to build the layer again."""
        return {**super().get_config(), "output_size": self.output_size}
''',
    "LocalResponseNormalization": '''\
@keras.saving.register_keras_serializable(package="archc")
class LocalResponseNormalization(layers.Layer):  # type: ignore[misc]  # untyped
    """Across-channel normalisation; ``alpha`` is divided by ``size``."""

    def __init__(
        self,
        size: int,
        alpha: float = 0.0001,
        beta: float = 0.75,
        k: float = 1.0,
        **kwargs: Any,
    ) -> None:
        """Normalise over ``size`` channels around each."""
        super().__init__(**kwargs)
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Normalise ``x``."""
        channels = x.shape[-1]
        around = ((0, 0), (0, 0), (0, 0), (self.size // 2, (self.size - 1) // 2))
        squares = ops.pad(ops.square(x), around)
        total = sum(squares[..., i : i + channels] for i in range(self.size))
        return x / (self.k + self.alpha / self.size * total) ** self.beta

    def get_config(self) -> dict[str, Any]:
        """Arguments to build the layer again."""
        config = {
            "size": self.size,
            "alpha": self.alpha,
            "beta": self.beta,
            "k": self.k,
        }
        return {**super().get_config(), **config}
''',
}
"""Classes by name, in the order of the file."""
