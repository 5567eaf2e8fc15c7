"""Where places stand on the map of Europe: Lambert's azimuthal equal-area projection.

Centred as in the European grid ETRS-LAEA (52° N, 10° E), on a sphere, which a map of this size can't tell
from the ellipsoid. Positions are drawn, never added up, so floats will do.
"""

from math import cos, radians, sin, sqrt

CENTRE_LATITUDE, CENTRE_LONGITUDE = 52.0, 10.0
# The frame, in radii of the Earth from the centre: from Lisbon to Georgia, from Malta to the North Cape.
LEFT, RIGHT, BOTTOM, TOP = -0.29, 0.36, -0.305, 0.355
WIDTH = 1000.0
SCALE = WIDTH / (RIGHT - LEFT)
HEIGHT = (TOP - BOTTOM) * SCALE

Point = tuple[float, float]

_SIN, _COS = sin(radians(CENTRE_LATITUDE)), cos(radians(CENTRE_LATITUDE))


def projected(longitude: float, latitude: float) -> Point:
    """Return the position of a place, in degrees, on the map: right and down from its upper left corner."""
    across, up = radians(longitude - CENTRE_LONGITUDE), radians(latitude)
    nearness = 1 + _SIN * sin(up) + _COS * cos(up) * cos(across)
    if nearness < 1e-9:  # the other side of the Earth is a circle, of which any point will do
        return (2 - LEFT) * SCALE, TOP * SCALE
    size = sqrt(2 / nearness)
    x = size * cos(up) * sin(across)
    y = size * (_COS * sin(up) - _SIN * cos(up) * cos(across))
    return (x - LEFT) * SCALE, (TOP - y) * SCALE


def is_on_map(point: Point) -> bool:
    """Whether a position lies within the frame."""
    return 0 <= point[0] <= WIDTH and 0 <= point[1] <= HEIGHT
