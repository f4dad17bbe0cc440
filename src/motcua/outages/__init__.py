"""Where the power is out, is going to be, and since when: incidents that staff enter, interruptions that are planned.

An `Outage` covers areas of units; its journal alone decides its row. Who asks from within an area is told of it and
becomes a `Report` instead of a new request: the ten-thousandth message about one fallen line opens nothing new. Public
face: `queries` (what covers a place), `operations` (enter, promise anew, restore, cancel, plan, attach a report).
"""
