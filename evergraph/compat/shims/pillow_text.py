"""Methods of Pillow's fonts and drawings that tell how large a text is."""

from types import ModuleType
from typing import Any

from evergraph.compat.shims.supply import supply_methods


def supply_font_methods(module: ModuleType) -> None:
    """Lets the fonts of PIL.ImageFont tell sizes again; each method is reported at first use."""
    supply_methods(module.ImageFont, "PIL.ImageFont", "Pillow 10", getsize=_bitmap_size)
    supply_methods(
        module.FreeTypeFont,
        "PIL.ImageFont",
        "Pillow 10",
        getsize=_size,
        getsize_multiline=_lines_size,
        getoffset=_offset,
    )


def supply_drawing_methods(module: ModuleType) -> None:
    """The same for the drawings of PIL.ImageDraw."""
    supply_methods(
        module.ImageDraw,
        "PIL.ImageDraw",
        "Pillow 10",
        textsize=_drawn_size,
        multiline_textsize=_drawn_lines_size,
    )


def _bitmap_size(font: Any, text: str, *args: Any, **kwargs: Any) -> tuple[int, int]:
    left, _, right, bottom = font.getbbox(text)
    return int(right - left), int(bottom)


def _size(
    font: Any,
    text: str,
    direction: str | None = None,
    features: list[str] | None = None,
    language: str | None = None,
    stroke_width: int = 0,
) -> tuple[int, int]:
    """The width of a text, and its height from where the line begins, not from its first pixel."""
    left, _, right, bottom = font.getbbox(
        text,
        direction=direction,
        features=features,
        language=language,
        stroke_width=stroke_width,
    )
    return int(right - left), int(bottom + stroke_width)


def _offset(font: Any, text: str) -> tuple[int, int]:
    left, top, _, _ = font.getbbox(text)
    return int(left), int(top)


def _lines_size(
    font: Any,
    text: str,
    direction: str | None = None,
    spacing: float = 4,
    features: list[str] | None = None,
    language: str | None = None,
    stroke_width: int = 0,
) -> tuple[int, float]:
    """The size of lines below one another, each as high as an A."""
    sizes = [
        font.getsize(line, direction, features, language, stroke_width) for line in text.split("\n")
    ]
    height = font.getsize("A", stroke_width=stroke_width)[1] + spacing
    return max(width for width, _ in sizes), len(sizes) * height - spacing


def _drawn_size(
    drawing: Any, text: str, font: Any = None, spacing: float = 4, *args: Any, **kwargs: Any
) -> tuple[int, float]:
    if "\n" in text:
        return _drawn_lines_size(drawing, text, font, spacing, *args, **kwargs)
    size: tuple[int, int] = (font or drawing.getfont()).getsize(text, *args, **kwargs)
    return size


def _drawn_lines_size(
    drawing: Any,
    text: str,
    font: Any = None,
    spacing: float = 4,
    direction: str | None = None,
    *args: Any,
    **kwargs: Any,
) -> tuple[int, float]:
    return _lines_size(font or drawing.getfont(), text, direction, spacing, *args, **kwargs)
