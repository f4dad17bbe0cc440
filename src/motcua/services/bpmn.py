"""The process of a service as BPMN 2.0 XML, with the drawing, so that any BPMN viewer or modeller opens it.

Steps are tasks in the lane of whoever does them; where an action leads to different steps stands an exclusive gateway
whose flows carry the conditions. `python -m motcua.services.bpmn FOLDER` writes all services.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

from motcua.services import catalogue, reference
from motcua.services.declaration import CUSTOMER, SYSTEM, Service, Step
from motcua.services.picture import who_words

MIME = "application/xml; charset=utf-8"
_MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
_DI = "http://www.omg.org/spec/BPMN/20100524/DI"
_DC = "http://www.omg.org/spec/DD/20100524/DC"
_DD = "http://www.omg.org/spec/DD/20100524/DI"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_PREFIXES = {"bpmn": _MODEL, "bpmndi": _DI, "dc": _DC, "di": _DD, "xsi": _XSI}

# Sizes in the drawing's own units.
LANE_HEIGHT, LANE_HEAD, COLUMN, TASK_WIDTH, TASK_HEIGHT, ROUND, DIAMOND = 140, 130, 230, 150, 80, 36, 50


@dataclass
class _Node:
    id: str
    tag: str
    name: str
    role: str
    column: int
    width: int
    height: int
    shift: int = 0
    incoming: list[str] = field(default_factory=list)
    outgoing: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Flow:
    id: str
    source: str
    target: str
    name: str = ""
    condition: str = ""


def bpmn(service: Service, lang: str = "vi") -> bytes:
    """The whole document, in one language."""
    for prefix, uri in _PREFIXES.items():
        ET.register_namespace(prefix, uri)
    nodes, flows = _graph(service, lang)
    lanes = list(dict.fromkeys(node.role for node in nodes.values()))
    name = _id(f"{service.code}_{service.version}")
    root = ET.Element(
        f"{{{_MODEL}}}definitions",
        {
            "id": f"definitions_{name}",
            "targetNamespace": f"urn:motcua:service:{service.code}:{service.version}",
        },
    )
    collaboration = _add(root, "collaboration", id=f"collaboration_{name}")
    pool = f"pool_{name}"
    _add(collaboration, "participant", id=pool, name=service.name.get(lang), processRef=f"process_{name}")
    process = _add(
        root,
        "process",
        id=f"process_{name}",
        name=service.name.get(lang),
        isExecutable="false",
        processType="Public",
    )
    _add(process, "documentation").text = service.summary.get(lang)
    lane_set = _add(process, "laneSet", id=f"lanes_{name}")
    for role in lanes:
        lane = _add(lane_set, "lane", id=_lane(role), name=who_words(role, lang))
        for node in nodes.values():
            if node.role == role:
                _add(lane, "flowNodeRef").text = node.id
    for node in nodes.values():
        element = _add(process, node.tag, id=node.id, name=node.name)
        for tag, ids in (("incoming", node.incoming), ("outgoing", node.outgoing)):
            for flow_id in ids:
                _add(element, tag).text = flow_id
    for flow in flows:
        element = _add(process, "sequenceFlow", id=flow.id, sourceRef=flow.source, targetRef=flow.target)
        if flow.name:
            element.set("name", flow.name)
        if flow.condition:
            condition = _add(element, "conditionExpression")
            condition.set(f"{{{_XSI}}}type", "bpmn:tFormalExpression")
            condition.text = flow.condition
    _draw(root, name, pool, nodes, flows, lanes)
    ET.indent(root)
    drawn: bytes = ET.tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + drawn + b"\n"


def file_name(service: Service) -> str:
    return f"{service.code}-{service.version}.bpmn"


def write_all(folder: Path, lang: str = "vi") -> list[Path]:
    """Every version of every service, one file each."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for service in catalogue.current().list_all():
        path = folder / file_name(service)
        path.write_bytes(bpmn(service, lang))
        written.append(path)
    return written


# the graph


def _graph(service: Service, lang: str) -> tuple[dict[str, _Node], list[_Flow]]:
    nodes: dict[str, _Node] = {}
    links: list[tuple[str, str, str, str]] = []  # from, to, name, condition
    column = 1
    first = service.first_step
    nodes["start"] = _Node("start", "startEvent", service.name.get(lang), CUSTOMER, 0, ROUND, ROUND)
    links.append(("start", _task(first), "", ""))
    for step in service.steps:
        nodes[_task(step)] = _Node(
            _task(step), _tag(step), step.name.get(lang), step.role, column, TASK_WIDTH, TASK_HEIGHT
        )
        column += 1
        ways = list(_ways(step, lang))
        if step.final:
            end = f"end_{_id(step.code)}"
            nodes[end] = _Node(end, "endEvent", step.status.get(lang)[:80], step.role, column, ROUND, ROUND)
            links.append((_task(step), end, "", ""))
        elif len(ways) == 1:
            links.append((_task(step), f"step_{_id(ways[0][0])}", ways[0][1], ""))
        else:
            gateway = f"after_{_id(step.code)}"
            nodes[gateway] = _Node(gateway, "exclusiveGateway", "", step.role, column, DIAMOND, DIAMOND)
            links.append((_task(step), gateway, "", ""))
            links += [(gateway, f"step_{_id(to)}", name, condition) for to, name, condition in ways]
        column += 1
    flows = []
    for number, (source, target, name, condition) in enumerate(links, start=1):
        flow = _Flow(f"flow_{number}", source, target, name, condition)
        nodes[source].outgoing.append(flow.id)
        nodes[target].incoming.append(flow.id)
        flows.append(flow)
    return nodes, flows


def _ways(step: Step, lang: str) -> Iterator[tuple[str, str, str]]:
    """Where the actions of a step lead: the next step, the action's words, and the condition of that way."""
    for action in step.actions:
        for transition in action.to:
            words = [f'action is "{action.code}"']
            if transition.when.fields():
                words.append(reference.condition_words(transition.when))
            elif len(action.to) > 1:
                words.append("nothing before holds")
            yield transition.step, action.label.get(lang), " and ".join(words)


def _tag(step: Step) -> str:
    if step.waits_for:
        return "receiveTask"
    if step.role == SYSTEM:
        return "serviceTask"
    return "manualTask" if step.role == "CREW" else "userTask"


def _task(step: Step) -> str:
    return f"step_{_id(step.code)}"


def _lane(role: str) -> str:
    return f"lane_{_id(role)}"


def _id(text: str) -> str:
    return text.replace("-", "_")


def _add(parent: ET.Element, tag: str, **attributes: str) -> ET.Element:
    return ET.SubElement(parent, f"{{{_MODEL}}}{tag}", attributes)


# the drawing


def _draw(
    root: ET.Element, name: str, pool: str, nodes: dict[str, _Node], flows: list[_Flow], lanes: list[str]
) -> None:
    diagram = ET.SubElement(root, f"{{{_DI}}}BPMNDiagram", {"id": f"diagram_{name}"})
    plane = ET.SubElement(
        diagram, f"{{{_DI}}}BPMNPlane", {"id": f"plane_{name}", "bpmnElement": f"collaboration_{name}"}
    )
    width = LANE_HEAD + COLUMN * (max(node.column for node in nodes.values()) + 1)
    _shape(plane, pool, 0, 0, width, LANE_HEIGHT * len(lanes), horizontal=True)
    for row, role in enumerate(lanes):
        _shape(plane, _lane(role), 30, row * LANE_HEIGHT, width - 30, LANE_HEIGHT, horizontal=True)
    boxes: dict[str, tuple[int, int, int, int]] = {}
    for node in nodes.values():
        x = LANE_HEAD + node.column * COLUMN + (TASK_WIDTH - node.width) // 2
        y = lanes.index(node.role) * LANE_HEIGHT + (LANE_HEIGHT - node.height) // 2
        boxes[node.id] = (x, y, node.width, node.height)
        _shape(plane, node.id, x, y, node.width, node.height)
    for flow in flows:
        edge = ET.SubElement(plane, f"{{{_DI}}}BPMNEdge", {"id": f"{flow.id}_edge", "bpmnElement": flow.id})
        for x, y in _points(boxes[flow.source], boxes[flow.target]):
            ET.SubElement(edge, f"{{{_DD}}}waypoint", {"x": str(x), "y": str(y)})


def _points(source: tuple[int, int, int, int], target: tuple[int, int, int, int]) -> list[tuple[int, int]]:
    """A line with right angles: forward from side to side, backward below both boxes."""
    x1, y1, w1, h1 = source
    x2, y2, w2, h2 = target
    if x2 > x1:
        start, end = (x1 + w1, y1 + h1 // 2), (x2, y2 + h2 // 2)
        middle = end[0] - (COLUMN - TASK_WIDTH) // 2
        return [start, end] if start[1] == end[1] else [start, (middle, start[1]), (middle, end[1]), end]
    low = max(y1 + h1, y2 + h2) + 18
    return [(x1 + w1 // 2, y1 + h1), (x1 + w1 // 2, low), (x2 + w2 // 2, low), (x2 + w2 // 2, y2 + h2)]


def _shape(
    plane: ET.Element, element: str, x: int, y: int, width: int, height: int, *, horizontal: bool = False
) -> None:
    shape = ET.SubElement(plane, f"{{{_DI}}}BPMNShape", {"id": f"{element}_shape", "bpmnElement": element})
    if horizontal:
        shape.set("isHorizontal", "true")
    bounds = {"x": x, "y": y, "width": width, "height": height}
    ET.SubElement(shape, f"{{{_DC}}}Bounds", {key: str(value) for key, value in bounds.items()})


if __name__ == "__main__":
    write_all(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/reference/bpmn"))
