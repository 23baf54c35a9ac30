"""Contrast as WCAG 2 reckons it, and colours as people with a colour deficiency see them."""

from __future__ import annotations

Colour = tuple[float, float, float]  # linear red, green and blue, 0 to 1

# What full protanopia, deuteranopia and tritanopia leave of linear RGB (Machado et al. 2009), and
# a picture without colour.
DEFICIENCIES = {
    "none": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
    "no colour": ((0.2126, 0.7152, 0.0722),) * 3,
}


def linear(colour: str) -> Colour:
    """`#rrggbb` or `#rgb` in linear light."""
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return _curve(red), _curve(green), _curve(blue)


def _curve(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def over(front: str, share: float, back: str) -> str:
    """`front` with an opacity of `share` on `back`, as a browser mixes them."""
    pairs = zip(_parts(front), _parts(back), strict=True)
    return "#" + "".join(f"{round(one * share + two * (1 - share)):02x}" for one, two in pairs)


def _parts(colour: str) -> list[int]:
    digits = colour.removeprefix("#")
    digits = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
    return [int(digits[at : at + 2], 16) for at in (0, 2, 4)]


def seen(colour: Colour, deficiency: str) -> Colour:
    """The colour as somebody with this deficiency sees it."""
    red, green, blue = (
        min(max(sum(a * b for a, b in zip(row, colour, strict=True)), 0.0), 1.0)
        for row in DEFICIENCIES[deficiency]
    )
    return red, green, blue


def contrast(one: str, other: str, deficiency: str = "none") -> float:
    """The contrast ratio of two colours, 1 to 21."""
    lights = [_light(seen(linear(colour), deficiency)) for colour in (one, other)]
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def _light(colour: Colour) -> float:
    red, green, blue = colour
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
